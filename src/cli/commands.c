#include "cli/commands.h"

const struct cli_command *const cli_commands[] = {
    &command_init, &command_serve, &command_limits, &command_genesis_draft, &command_genesis_sign,
    &command_key_new, &command_key_add, &command_key_revoke, &command_key_recover, &command_key_object, &command_party_add,
    &command_agreement_sign, &command_agreement_suspend, &command_agreement_resume, &command_agreement_leave, &command_settings, &command_capacity, &command_clock,
    &command_area_declare, &command_area_end, &command_feed_declare,
    &command_notice_file, &command_notice_change, &command_notice_activate, &command_notice_over, &command_notice_cancel,
    &command_flight_file, &command_flight_change, &command_flight_activate, &command_flight_end, &command_flight_cancel, &command_flight_release,
    &command_join, &command_unjoin, &command_ack, &command_hold, &command_answer, &command_message,
    &command_cosign, &command_open,
    &command_list, &command_show, &command_watch, &command_stream, &command_status, &command_checkpoint, &command_session,
    &command_import_notam, &command_import_dss, &command_replay, &command_why, &command_mirror, &command_mirror_check, &command_mirror_key, &command_diff, &command_receipt_check, &command_log_cat, &command_log_check, &command_log_vkey, &command_backup, &command_restore, &command_drill, &command_scrub, &command_doctor, &command_dev_token,
    &command_witness, &command_witness_key, &command_deposit, &command_deposit_check, &command_deposit_key,
    NULL,
};
