#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

BeforeAll {
    Import-Module (Join-Path (Resolve-Path "$PSScriptRoot/../..").Path 'PancreasSeg.psd1') -Force
    foreach ($name in 'a.nii.gz', 'a.nii', 'a.json', 'a.safetensors', 'a.onnx', 'a.txt') { Set-Content (Join-Path $TestDrive $name) '' }
    New-Item -ItemType Directory (Join-Path $TestDrive 'sub') | Out-Null

    function Complete([string] $Line) {
        Push-Location $TestDrive
        try { [System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null).CompletionMatches.ListItemText | Sort-Object }
        finally { Pop-Location }
    }
}

Describe 'Completion' {
    It 'offers folders and the files that <Line>takes' -ForEach @(
        @{ Line = 'Invoke-PancreasTraining x.safetensors -Image '; Files = 'a.nii', 'a.nii.gz', 'sub' }
        @{ Line = 'Invoke-PancreasTraining x.safetensors -Label '; Files = 'a.nii', 'a.nii.gz', 'sub' }
        @{ Line = 'Measure-Segmentation x -Reference '; Files = 'a.nii', 'a.nii.gz', 'sub' }
        @{ Line = 'Import-Segmentation x -Like '; Files = 'a.nii', 'a.nii.gz', 'sub' }
        @{ Line = 'Invoke-PancreasTraining x.safetensors -DataSet '; Files = 'sub' }
        @{ Line = 'Invoke-PancreasSegmentation x -Plan '; Files = 'a.json', 'sub' }
        @{ Line = 'Invoke-PancreasSegmentation x -Model '; Files = 'a.onnx', 'a.safetensors', 'sub' }
    ) {
        Complete $Line | Should -Be $Files
    }
}
