# Segments every study of an export once and leaves masks, previews, a journal, a log and a report. Run it from a scheduler.
#
#   pwsh -NonInteractive -File nightly-batch.ps1 -StudyRoot D:\export -OutputPath D:\masks -Model D:\models\pancreas.safetensors -StopAt 06:00
#
# Exit codes: 0 all done, 2 some studies failed, 3 no study found, 4 model or arguments unusable, 5 stopped with studies left,
# 6 output folder not writable or full, 7 studies of earlier nights are still failed. What was done stays done; the next call goes on
# with the rest.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $StudyRoot,
    [Parameter(Mandatory)] [string] $OutputPath,
    [string] $Model = "$PSScriptRoot/../models/pancreas-starter.safetensors",
    # No study is begun from this time on, e.g. 06:00.
    [string] $StopAt,
    # A table with the columns Study and Patient: your own keys, by which examinations of one patient are shown together.
    [string] $PatientKeyTable,
    # DICOM objects for the archive beside each mask, e.g. Seg,Preview. They contain the patient module of their CT.
    [string] $DicomOutput,
    # Study does each examination below the export for itself, where its entries hold several.
    [ValidateSet('Entry', 'Study')] [string] $Group = 'Entry',
    # The part of the studies that this process does, e.g. 3/40: see docs/cluster.md.
    [string] $Shard
)
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

$batch = @{ Path = $StudyRoot; OutputPath = $OutputPath; Model = $Model; Group = $Group }
$batch.Filter = @{ ThinnestSlice = $true; MostSlices = $true; Newest = $true }
if ($StopAt) { $batch.StopAt = $StopAt }
if ($Shard) { $batch.Shard = $Shard }
if ($DicomOutput) { $batch.DicomOutput = $DicomOutput -split '\W+' }
if ($PatientKeyTable) {
    $batch.PatientKey = @{}
    Import-Csv -LiteralPath $PatientKeyTable | ForEach-Object { $batch.PatientKey[$_.Study] = $_.Patient }
}

$code = 4
try {
    Start-PancreasBatch @batch -ErrorAction Stop -OutVariable items
    $code = $items[-1].ExitCode
}
catch {
    [Console]::Error.WriteLine("$_ $($_.ErrorDetails.RecommendedAction)")
    if ($_.FullyQualifiedErrorId -like 'FileWriteFailed,*') { $code = 6 }
}
exit $code
