// Installs JotFoundation's coding before the program begins.
