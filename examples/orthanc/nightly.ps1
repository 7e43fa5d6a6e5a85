# Fetches the CTs of an archive, segments each once and stores segmentations and previews in the archive. Run it from a scheduler; a run
# that was ended at any moment is taken up by the next one.
#
#   pwsh -NonInteractive -File nightly.ps1 -Uri https://gate.example/dicom-web -CredentialPath /etc/pancreas/gate.xml -WorkPath /srv/pancreas
#
# The credential is written once, as the user who runs the job: Get-Credential batch | Export-Clixml /etc/pancreas/gate.xml
# Windows encrypts the password in it for that user; on Linux let nobody else read the file (chmod 600).
#
# Below the work path: incoming/ (series, a folder each), out/ (masks, journal, report: see docs/nightly-batch.md), sent.csv.
# Exit codes: those of the batch (docs/nightly-batch.md), 0 also when there is nothing new; 2 also when something could not be received or
# stored, which the next run tries again; 4 also when the archive cannot be used.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [uri] $Uri,
    [Parameter(Mandatory)] [string] $CredentialPath,
    [Parameter(Mandatory)] [string] $WorkPath,
    [string] $Model = "$PSScriptRoot/../../models/pancreas-starter.safetensors",
    # First and last day of the studies; yesterday and today without it.
    [datetime[]] $StudyDate = @((Get-Date).Date.AddDays(-1), (Get-Date).Date),
    # Series with fewer images, such as localizers, are not fetched.
    [int] $MinimumInstanceCount = 40,
    # SHA-256 of the archive's certificate, where no authority has signed it: Test-DicomServer shows it.
    [string] $CertificateFingerprint,
    # Stores flagged results too, which are otherwise left for a person to look at first.
    [switch] $SendFlagged,
    # Days for which fetched series are kept after they came; zero keeps them all.
    [int] $KeepDays = 14
)
Import-Module "$PSScriptRoot/../../PancreasSeg.psd1"

$incoming = Join-Path $WorkPath 'incoming'
$out = Join-Path $WorkPath 'out'
$sentTable = Join-Path $WorkPath 'sent.csv'
$archive = @{ Uri = $Uri; Credential = Import-Clixml -LiteralPath $CredentialPath -ErrorAction Stop }
if ($CertificateFingerprint) { $archive.CertificateFingerprint = $CertificateFingerprint }
New-Item $incoming, $out -ItemType Directory -Force | Out-Null
# What a run that was killed had begun to receive.
Get-ChildItem -LiteralPath $incoming -Directory -Force -Filter .receiving.* | Remove-Item -Recurse -Force

# What the archive has been proven to hold is not asked for again. A file that was made anew has another hash.
$sent = @{}
if (Test-Path -LiteralPath $sentTable) { Import-Csv -LiteralPath $sentTable | ForEach-Object { $sent[$_.Hash] = $true } }
function Send-Result {
    if (-not (Test-Path -LiteralPath (Join-Path $out 'cases'))) { return }
    $results = Get-PancreasBatch $out | Where-Object { $_.State -eq 'Done' -and $_.OutputFolder -and ($SendFlagged -or -not $_.IsFlagged) }
    if (-not $results) { return }
    $new = @(Get-ChildItem -LiteralPath @($results.OutputFolder) -Filter *.dcm -ErrorAction Ignore |
        ForEach-Object { [pscustomobject]@{ Hash = (Get-FileHash -LiteralPath $_.FullName).Hash; Path = $_.FullName } } |
        Where-Object { -not $sent[$_.Hash] })
    if (-not $new) { return }
    $there = @(Send-DicomFile -LiteralPath $new.Path @archive | Where-Object IsThere)
    $done = @($new | Where-Object Path -in $there.Path)
    $done | Export-Csv -LiteralPath $sentTable -Append
    $done | ForEach-Object { $sent[$_.Hash] = $true }
    Write-Verbose "$($done.Count) of $($new.Count) objects are in the archive."
    $script:unsent = $new.Count - $done.Count
}

$unsent = 0
$failed = @()
$server = Test-DicomServer @archive
if (-not $server.CanSearch) {
    [Console]::Error.WriteLine($server.Problems -join "`n")
    exit 4
}

# 1. What an earlier night could not store.
Send-Result

# 2. New series, and those that have grown since.
# Where the archive does not tell how many instances a series has, whether it has grown is seen by fetching it again: the batch does again
# only what has changed.
$wanted = @(Find-DicomStudy @archive -StudyDate $StudyDate -MinimumInstanceCount $MinimumInstanceCount -ErrorVariable +failed | Where-Object {
        $null -eq $_.InstanceCount -or
        @(Get-ChildItem -LiteralPath (Join-Path $incoming $_.SeriesInstanceUid) -File -ErrorAction Ignore).Count -lt [Math]::Max(1, $_.InstanceCount) })
$wanted | Receive-DicomSeries $incoming -Force -ErrorVariable +failed | Out-Null
Write-Verbose "$($wanted.Count) series are new or may have grown."

# 3. Every series once.
$code = 0
if (Get-ChildItem -LiteralPath $incoming) {
    try {
        Start-PancreasBatch $incoming $out $Model -DicomOutput Seg, Preview -ErrorAction Stop -OutVariable items
        $code = $items[-1].ExitCode
    }
    catch {
        [Console]::Error.WriteLine("$_ $($_.ErrorDetails.RecommendedAction)")
        exit $(if ($_.FullyQualifiedErrorId -like 'FileWriteFailed,*') { 6 } else { 4 })
    }
}

# 4. What is new goes back.
Send-Result

if ($KeepDays) {
    Get-ChildItem -LiteralPath $incoming -Directory | Where-Object LastWriteTime -lt (Get-Date).AddDays(-$KeepDays) | Remove-Item -Recurse
}
if ($failed.FullyQualifiedErrorId -like 'FileWriteFailed,*') { $code = 6 }
if ($code -in 0, 7 -and ($unsent -or $failed)) { $code = 2 }
exit $code
