/* cmocka's header wants it, wasi-libc has none, and nothing here jumps. */
