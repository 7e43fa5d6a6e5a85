@{
    RootModule           = 'bin/PancreasSeg.dll'
    NestedModules        = @('bin/PancreasSeg.Loader.dll')
    ModuleVersion        = '0.1.0'
    GUID                 = 'a213b228-9fb4-4556-895a-3171829d310a'
    Author               = 'PancreasSeg contributors'
    CompanyName          = 'PancreasSeg'
    Copyright            = 'PancreasSeg contributors, MIT licence'
    Description          = 'Segments the pancreas in CT with a 3-D attention U-Net: imports DICOM and NIfTI, predicts, trains, measures and exports. For research; not a medical device.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    FormatsToProcess     = @('PancreasSeg.Format.ps1xml')
    TypesToProcess       = @('PancreasSeg.Types.ps1xml')
    CmdletsToExport      = @(
        'Compare-PancreasModel'
        'ConvertFrom-KerasWeight'
        'ConvertFrom-NnUNetModel'
        'Export-DicomSegmentation'
        'Export-Nifti'
        'Export-PancreasModel'
        'Export-SegmentationPreview'
        'Find-DicomStudy'
        'Get-CtSeries'
        'Get-PancreasBatch'
        'Get-PancreasModel'
        'Get-PancreasRuntime'
        'Import-CtSeries'
        'Import-Segmentation'
        'Invoke-PancreasCrossValidation'
        'Invoke-PancreasSegmentation'
        'Invoke-PancreasTraining'
        'Join-PancreasModel'
        'Measure-Segmentation'
        'Measure-TrainingData'
        'New-CtPhantom'
        'New-PancreasReport'
        'New-PancreasSlurmJob'
        'New-TrainingPlan'
        'Receive-DicomSeries'
        'Resize-Volume'
        'Send-DicomFile'
        'Show-Segmentation'
        'Start-PancreasBatch'
        'Test-DicomServer'
        'Test-PancreasModel'
    )
    AliasesToExport      = @('Resize-CtVolume')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    PrivateData          = @{
        PSData = @{
            Tags         = @('PSEdition_Core', 'Windows', 'Linux', 'MacOS', 'CT', 'DICOM', 'NIfTI', 'pancreas', 'segmentation', 'medical-imaging', 'deep-learning')
            ProjectUri   = 'https://github.com/pancreasseg/PancreasSeg'
            LicenseUri   = 'https://github.com/pancreasseg/PancreasSeg/blob/main/LICENSE'
            ReleaseNotes = 'See CHANGELOG.md in the package.'
        }
    }
}
