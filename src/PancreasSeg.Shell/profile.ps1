# Read by every session that is not started with -NoProfile. The application lies in src/PancreasSeg.Shell/bin/<configuration>/<framework>.
Import-Module (Join-Path ([AppContext]::BaseDirectory) ../../../../../PancreasSeg.psd1)
