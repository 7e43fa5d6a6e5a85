# Fetches the CTs of an archive, segments each once and stores segmentations and previews in the archive. Run it from a scheduler; a run
# that was ended at any moment is taken up by the next one, which first sends what could not be sent.
#
#   pwsh -NonInteractive -File nightly.ps1 -Uri https://gate.example/dicom-web -CredentialPath /etc/pancreas/gate.xml -OutputPath /srv/pancreas
#
# The credential is written once, as the user who runs the job: Get-Credential batch | Export-Clixml /etc/pancreas/gate.xml
# Windows encrypts the password in it for that user; on Linux let nobody else read the file (chmod 600).
#
# Exit codes: those of the batch (docs/nightly-batch.md), 0 also when there is nothing new; 4 also when the archive cannot be used.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [uri] $Uri,
    [Parameter(Mandatory)] [string] $CredentialPath,
    [Parameter(Mandatory)] [string] $OutputPath,
    [string] $Model = "$PSScriptRoot/../../models/pancreas-starter.safetensors",
    # First and last day of the studies; yesterday and today without it.
    [datetime[]] $StudyDate = @((Get-Date).Date.AddDays(-1), (Get-Date).Date),
    # Series with fewer images, such as localizers, are not fetched.
    [int] $MinimumInstanceCount = 40,
    # SHA-256 of the archive's certificate, where no authority has signed it: Test-DicomServer shows it.
    [string] $CertificateFingerprint,
    # Stores flagged results too, which are otherwise left for a person to look at first: all of them with the starter model.
    [switch] $SendFlagged,
    [string] $StopAt
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../../PancreasSeg.psd1"
try {
    $batch = @{
        Server      = $Uri
        Credential  = Import-Clixml -LiteralPath $CredentialPath
        OutputPath  = $OutputPath
        Model       = $Model
        Query       = @{ StudyDate = $StudyDate; MinimumInstanceCount = $MinimumInstanceCount }
        SendBack    = 'Seg', 'Preview'
        SendFlagged = $SendFlagged
    }
    if ($CertificateFingerprint) { $batch.CertificateFingerprint = $CertificateFingerprint }
    if ($StopAt) { $batch.StopAt = $StopAt }
    Start-PancreasBatch @batch -OutVariable items
    $code = $items[-1].ExitCode
    exit $(if ($code -eq 3) { 0 } else { $code })
}
catch {
    [Console]::Error.WriteLine("$_ $($_.ErrorDetails.RecommendedAction)")
    exit $(if ($_.FullyQualifiedErrorId -like 'FileWriteFailed,*') { 6 } else { 4 })
}
