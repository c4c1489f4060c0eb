/* Every subcommand. */
#ifndef PARLEY_CLI_COMMANDS_H
#define PARLEY_CLI_COMMANDS_H

#include "cli/cli.h"

/* Sends a statement with one section `body` that has an optional text and date; shared by many commands. */
int command_plain(struct cli *c, const char *kind, bool on_entity);
extern const struct cli_option plain_options[];

extern const struct cli_command command_init, command_genesis_draft, command_genesis_sign, command_serve, command_limits;
extern const struct cli_command command_key_new, command_key_add, command_key_revoke, command_key_recover, command_key_object;
extern const struct cli_command command_party_add, command_cosign;
extern const struct cli_command command_agreement_sign, command_agreement_suspend, command_agreement_resume, command_agreement_leave;
extern const struct cli_command command_settings, command_capacity, command_clock;
extern const struct cli_command command_area_declare, command_area_end, command_feed_declare;
extern const struct cli_command command_notice_file, command_notice_change, command_notice_activate, command_notice_over,
    command_notice_cancel, command_open;
extern const struct cli_command command_flight_file, command_flight_change, command_flight_release, command_flight_activate,
    command_flight_end, command_flight_cancel, command_join, command_unjoin;
extern const struct cli_command command_ack, command_hold, command_answer, command_message;
extern const struct cli_command command_list, command_show, command_status, command_watch, command_stream, command_why, command_log_cat,
    command_log_check, command_log_vkey, command_checkpoint, command_session, command_mirror, command_mirror_check, command_mirror_key, command_diff, command_receipt_check;
extern const struct cli_command command_import_notam, command_import_dss, command_replay, command_doctor, command_dev_token;
extern const struct cli_command command_witness, command_witness_key, command_deposit, command_deposit_check, command_deposit_key;
extern const struct cli_command command_backup, command_restore, command_drill, command_scrub;

#endif
