# Read by every session that is not started with -NoProfile. The application lies in src/PancreasSeg.Shell/bin/<configuration>/<framework>.
Import-Module (Join-Path ([AppContext]::BaseDirectory) ../../../../../PancreasSeg.psd1)

# PowerShell reads a line by this function where there is one, as in PSReadLine. Its own way knows no Tab but on Windows.
if (-not $IsWindows -and -not (Get-Command PSConsoleHostReadLine -ErrorAction Ignore)) {
    function PSConsoleHostReadLine {
        $continued = $Host.UI.RawUI.CursorPosition.X -eq '>> '.Length
        [PancreasSeg.Shell.LineInput]::ReadLine(($continued ? '>>' : (prompt)))
    }
}
