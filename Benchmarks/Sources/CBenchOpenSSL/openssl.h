// Only libcrypto's flags and its link are wanted: CBench includes the headers it needs.
