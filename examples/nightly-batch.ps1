# One folder per study in, one mask per study out, one line per study in a table. Run it from a scheduler.
# A study that cannot be segmented is a row with Status Failed and a reason; it never stops the others.
#
#   pwsh nightly-batch.ps1 -StudyRoot D:\export -OutputPath D:\masks -Model D:\models\pancreas.safetensors
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $StudyRoot,
    [Parameter(Mandatory)] [string] $OutputPath,
    [Parameter(Mandatory)] [string] $Model
)
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

Invoke-PancreasSegmentation -Path "$([WildcardPattern]::Escape($StudyRoot))/*" -Model $Model -OutputPath $OutputPath -Force -ErrorVariable failures
exit [int] ($failures.Count -gt 0)
