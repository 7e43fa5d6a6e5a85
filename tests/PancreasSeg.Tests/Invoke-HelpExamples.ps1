# Runs every example of every help page in a folder with the files and variables that the examples speak of, and writes a JSON array
# with name, result and message of each, for HelpExampleTests.cs. An example passes when it reports no error and leaves every file that
# was there before as it was.
param(
    [Parameter(Mandatory)] [string] $Root,
    # Has already what PowerShell cannot make: models of nnU-Net, Keras weights, an ONNX network, the two stages of a model.
    [Parameter(Mandatory)] [string] $Folder,
    [Parameter(Mandatory)] [string] $Destination
)

$ErrorActionPreference = 'Stop'
$WarningPreference = $InformationPreference = $ProgressPreference = 'SilentlyContinue'
$modules = New-Item -ItemType Directory -Force (Join-Path $Folder '..' 'modules')
New-Item -ItemType SymbolicLink (Join-Path $modules 'PancreasSeg') -Target $Root | Out-Null
$env:PSModulePath = $modules.FullName + [IO.Path]::PathSeparator + $env:PSModulePath
Import-Module PancreasSeg
Set-Location $Folder

# What opens windows or is another program.
function Invoke-Item { }
function storescu { }
function bash { }

# Inputs.
$example = Join-Path $Root 'examples' 'data' 'phantom'
foreach ($study in 'study', 'study1', 'study2', 'predict', 'export/a', 'export/b', 'export/study-17', 'incoming/a') {
    New-Item -ItemType Directory $study -Force | Out-Null
    Copy-Item "$example/*" $study
}
Copy-Item (Join-Path $Root 'tests/Fixtures/bright-tissue.safetensors') pancreas.safetensors
New-Item -ItemType Directory models | Out-Null
Copy-Item (Join-Path $Root 'models/pancreas-starter.safetensors') models
$model = Get-PancreasModel pancreas.safetensors
Export-PancreasModel $model pancreas.onnx
$ct = Import-CtSeries study
$ct | Export-Nifti ct.nii.gz
$truth = Import-Segmentation (Join-Path $Root 'examples/data/phantom-pancreas.nii.gz')
foreach ($name in 'mask', 'truth', 'label', 'predictions/a', 'predictions/b', 'predictions/study-17', 'labelsTr/a', 'labelsTr/b', 'labelsTr/study-17') {
    $truth | Export-Nifti "$name.nii.gz" -Force
}
$organs = [byte[]]($truth.Labels.ToArray() | ForEach-Object { $_ * 7 })
foreach ($label in 1, 2, 4) { for ($i = 0; $i -lt 1500; $i++) { $organs[200000 + 20000 * $label + $i] = $label } }
foreach ($name in 'organs', 'case_seg') { [PancreasSeg.LabelVolume]::new($truth.Grid, $organs, $truth.Source) | Export-Nifti "$name.nii.gz" }
$result = $ct | Invoke-PancreasSegmentation -Model $model
Import-Segmentation label.nii.gz | Export-DicomSegmentation structures.dcm -Source study -Kind RtStruct -LabelMap @{ 1 = 'Pancreas' }
$small = New-CtPhantom -Seed 1, 2, 3, 4, 5 -Size 32, 32, 16 -Spacing 12, 10, 12
foreach ($data in 'Pancreas-CT', 'our-cases', 'Task07_Pancreas') {
    foreach ($case in $small) {
        $case.Image | Export-Nifti "$data/imagesTr/$($case.Image.Name).nii.gz" -Force
        $case.Label.Select(1) | Export-Nifti "$data/labelsTr/$($case.Image.Name).nii.gz" -Force
    }
}
$names = @($small.Image.Name)
ConvertTo-Json @(@{ train = $names[2..4]; val = $names[0, 1] }, @{ train = $names[0, 1]; val = $names[2..4] }) | Set-Content splits_final.json
$env:SLURM_ARRAY_TASK_ID = '1'
foreach ($i in 0, 1) {
    $small[$i].Image | Export-Nifti "images/$('ab'[$i]).nii.gz" -Force
    $small[$i].Label.Select(1) | Export-Nifti "labels/$('ab'[$i]).nii.gz" -Force
}
$fingerprint = $small | Measure-TrainingData -Summary -Destination fingerprint.json
$null = $fingerprint | New-TrainingPlan -BaseFilter 2 -Destination ours.json
$tiny = @{ Size = 32, 32, 16; BaseFilter = 2; ThreadCount = 1; MaxEpoch = 1; Validation = @{ Fraction = 0.67 } }
foreach ($name in 'old', 'new') { $small | Invoke-PancreasTraining "$name.safetensors" @tiny -Seed $name.Length | Out-Null }
$small | Invoke-PancreasTraining pancreas.safetensors @tiny -ForegroundWeight 1, 7 | Out-Null
Remove-Item *.run*, *.svg -Recurse
Set-Content keys.csv "Study,Key`na,K1"
Start-PancreasBatch export masks $model | Out-Null

# Less of the same: hours of training, hundreds of steps and patches of full size become what a test has time for.
$less = [ordered]@{
    '(?m)\bexit (?=\$)'                 = '$null = '
    '/data/models/'                     = './'
    '/data/'                            = './'
    '-MaxEpoch \d+'                     = '-MaxEpoch 1'
    '-MaxDuration [\d:]+'               = '-MaxDuration 0:00:20'
    '\(1\.\.20\) -Size 96, 80, 48'      = '(1..3) -Size 32, 32, 16'
    '(New-TrainingPlan)'                = '$1 -BaseFilter 2'
    '-Destination \./ours\.json'        = '-Destination ./ours-too.json'
    '-Spacing 4, 4, 5'                  = '-Spacing 12, 10, 12'
    '-Size 96, 80, 48'                  = '-Size 32, 32, 16'
    '-Spacing (3|1\.5) '                = '-Spacing 12 '
    '-BaseFilter 8'                     = '-BaseFilter 2'
    'PatchSize = 128, 128, 64; StepsPerEpoch = 250' = 'PatchSize = 32, 32, 16; StepsPerEpoch = 2'
    '-SettleTime 00:05 -StopAt 20:00'   = '-SettleTime 00:00:01 -StopAt (Get-Date).AddSeconds(5)'
    'patch = 96, 96, 96'                = 'patch = 32, 32, 32'
    'spacing = 1.5, 1.5, 1.5'           = 'spacing = 6, 6, 6'
    '-InitialModel \S+'                 = '-InitialModel ./old.safetensors'
    '-Model ./seed.safetensors'         = '-Model ./pancreas.safetensors'
    '1\.2\.840\.113619\.2\.55\.3'    = $ct.SeriesUid
    '(Invoke-PancreasCrossValidation .*?)(?= \||\r?$|$)' = '$1 -Size 32, 32, 16 -BaseFilter 2 -Network @{Stages = 2 } -MaxEpoch 1 -ThreadCount 1'
    '-MaxMemory 700MB'                  = '-MaxMemory 8GB'
    '-Network @\{ '                     = '-Network @{ Stages = 2; '
    '(-Simulate \w+)(?!.*-Network)'     = '$1 -Network @{ Stages = 2 }'
    '(-Simulate \w+)'                   = '$1 -Sampling @{ StepsPerEpoch = 1 } -Validation @{ SimulatedCases = 1 } -Loss @{ HeadWeights = 0 } -ThreadCount 1'
    '(Invoke-PancreasTraining)(?![^|]*(-Size|-Spacing|-Simulate|-InitialModel|-Plan))' = '$1 -Size 32, 32, 16'
    '(Invoke-PancreasCrossValidation)(?![^|]*(-Size|-Spacing|-InitialModel|-Plan|-MaxEpoch))' = '$1 -Size 32, 32, 16 -BaseFilter 2 -MaxEpoch 1'
    '(Invoke-PancreasTraining)(?![^|]*(-BaseFilter|-InitialModel|-Plan))' = '$1 -BaseFilter 2'
    '(Invoke-PancreasTraining)(?![^|]*(-MaxEpoch|-MaxDuration))' = '$1 -MaxEpoch 1'
}

function Get-State {
    $state = @{}
    foreach ($file in Get-ChildItem $Folder -Recurse -File) { $state[$file.FullName] = (Get-FileHash $file -Algorithm MD5).Hash }
    $state
}

$archive = 'https?://|Find-DicomStudy|Receive-DicomSeries|Send-DicomFile|Test-DicomServer|-Server\b|-Uri\b|-Journal\b'

# Commands and parameters that there are not.
function Find-Wrong([string] $Code) {
    foreach ($call in [scriptblock]::Create($Code).Ast.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
        $command = Get-Command $call.GetCommandName() -ErrorAction Ignore
        if (-not $command) { "There is no $($call.GetCommandName())." }
        elseif ($command.Source -eq 'PancreasSeg') {
            foreach ($name in $call.CommandElements.ParameterName.Where({ $_ })) {
                if (-not ($command.Parameters.Keys -like "$name*")) { "$($command.Name) has no -$name." }
            }
        }
    }
}

$given = Get-State
$ErrorActionPreference = 'Continue'
$results = foreach ($help in Get-Command -Module PancreasSeg -CommandType Cmdlet | Get-Help -Full) {
    foreach ($item in $help.Examples.Example) {
        $code = $item.Code
        foreach ($pattern in $less.Keys) { $code = $code -replace $pattern, $less[$pattern] }
        # Exporting anew is what this page is about.
        if ($help.Name -eq 'Export-PancreasModel') { Remove-Item pancreas.onnx -ErrorAction Ignore }
        $Error.Clear()
        # What speaks to an archive has none here: its commands and parameters are looked at, and nothing is run.
        if ($code -match $archive) {
            [pscustomobject]@{ Name = "$($help.Name): $($item.Title.Trim('- '))"; Result = 'Passed'; Message = '' } |
                ForEach-Object { $wrong = @(Find-Wrong $code); if ($wrong) { $_.Result = 'Failed'; $_.Message = "$wrong" }; $_ }
            continue
        }
        $told = @()
        try { . ([scriptblock]::Create($code)) *> $null } catch { $told += "$_" }
        $told += $Error | ForEach-Object { "$_" }
        Set-Location $Folder
        foreach ($file in $given.Keys) {
            if ($file -like '*pancreas.onnx' -and $help.Name -eq 'Export-PancreasModel') { continue }
            # Two models that one page makes and another compares.
            if ($file -like '*pancreas-weight?.safetensors') { continue }
            if ((Get-FileHash -LiteralPath $file -Algorithm MD5 -ErrorAction Ignore).Hash -ne $given[$file] -and $file -notlike "*$([IO.Path]::DirectorySeparatorChar)masks$([IO.Path]::DirectorySeparatorChar)*") { $told += "It changes $file." }
        }
        foreach ($file in Get-ChildItem $Folder -Recurse -File) {
            if (-not $given.ContainsKey($file.FullName) -and $file.FullName -notlike '*masks*') { Remove-Item -LiteralPath $file.FullName -Force }
        }
        if ($help.Name -eq 'Export-PancreasModel') { Export-PancreasModel $model pancreas.onnx }
        [pscustomobject]@{
            Name = "$($help.Name): $($item.Title.Trim('- '))"
            Result = $told ? 'Failed' : 'Passed'
            Message = ($told | Select-Object -Unique) -join [Environment]::NewLine
        }
    }
}
@($results) | ConvertTo-Json -AsArray | Set-Content $Destination
