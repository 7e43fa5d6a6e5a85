# How the simulated CTs that train the starter model compare with real ones: texture of the gland, what lies round it, HU of its neighbours.
# Each figure is the 10th, 50th and 90th percentile over the cases; beside them what was measured on real CTs at 3 mm.
#
#   dotnet run -c Release --project src/PancreasSeg.Shell -- -File benchmarks/realism.ps1 -LabelMap ./anatomy -Picture ./page
#
# The five slices with most pancreas of each case count. Inside: the gland without its outermost pixels. Ring: 2.4 to 6.4 mm outside, in the
# slice. -Picture is a folder for a preview of each of the first eight cases.
[CmdletBinding()]
param(
    [int] $Count = 50,
    [string[]] $LabelMap = @(),
    [int] $Seed = 2,
    [string] $Picture
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

$maps = [PancreasSeg.LabelVolume[]]@($LabelMap | Where-Object { $_ } | Get-ChildItem -Filter *.nii.gz | Import-Segmentation)
$options = [PancreasSeg.Training.SimulationOptions] @{ Stage = 'Refiner'; Seed = $Seed; LabelMaps = $maps; CasesPerPatient = 1 }
$source = [PancreasSeg.Training.SimulatedCases]::new($options)
# Offsets of pixels at 3 mm whose centres lie within 6.4 mm.
$disc = foreach ($j in -2..2) { foreach ($i in -2..2) { if ($i * $i + $j * $j -le 4) { , @($i, $j) } } }

function Quantile([double[]] $values, [double] $part = 0.5) {
    if ($values.Count -lt 20) { return [double]::NaN }
    [Array]::Sort($values)
    $values[[int][Math]::Floor($part * $values.Count)]
}

function Measure-Gland($case) {
    $grid = $case.Label.Grid
    ($columns, $rows) = $grid.Columns, $grid.Rows
    $plane = $columns * $rows
    $labels = $case.Label.Labels.ToArray()
    $pancreas = [byte][PancreasSeg.Simulation.PhantomLabel]::Pancreas
    $fullest = 0..($grid.Slices - 1) | Sort-Object -Descending { $n = 0; foreach ($v in [ArraySegment[byte]]::new($labels, $_ * $plane, $plane)) { if ($v -eq $pancreas) { $n++ } }; $n } |
        Select-Object -First 5
    $inside = [Collections.Generic.List[double]]::new()
    $fat = $gland = $ring = $ringFat = $ringSoft = $ringBright = 0
    $organs = @{}
    foreach ($slice in $fullest) {
        $hu = [double[]]::new($plane)
        for ($at = 0; $at -lt $plane; $at++) {
            $hu[$at] = $case.Image.GetHu($at % $columns, [Math]::Floor($at / $columns), $slice)
            $label = $labels[$slice * $plane + $at]
            if ($label -eq 0) { continue }
            if (-not $organs.ContainsKey($label)) { $organs[$label] = [Collections.Generic.List[double]]::new() }
            $organs[$label].Add($hu[$at])
        }
        for ($row = 2; $row -lt $rows - 2; $row++) {
            for ($column = 2; $column -lt $columns - 2; $column++) {
                $at = $row * $columns + $column
                $index = $slice * $plane + $at
                if ($labels[$index] -eq $pancreas) {
                    $gland++
                    if ($hu[$at] -lt 0) { $fat++ }
                    if ($labels[$index - 1] -eq $pancreas -and $labels[$index + 1] -eq $pancreas -and
                        $labels[$index - $columns] -eq $pancreas -and $labels[$index + $columns] -eq $pancreas) { $inside.Add($hu[$at]) }
                    continue
                }
                foreach ($offset in $disc) {
                    if ($labels[$index + $offset[0] + $columns * $offset[1]] -ne $pancreas) { continue }
                    $ring++
                    if ($hu[$at] -lt -20) { $ringFat++ } elseif ($hu[$at] -ge 150) { $ringBright++ } elseif ($hu[$at] -ge 0) { $ringSoft++ }
                    break
                }
            }
        }
    }
    if ($inside.Count -lt 50) { return }
    $mean = ($inside | Measure-Object -Average -StandardDeviation)
    # Of vessels the upper quartile: in most voxels of thin branches there is fat too.
    $of = { param($name, $part = 0.5) $list = $organs[[byte][PancreasSeg.Simulation.PhantomLabel]::$name]; if ($list) { Quantile $list.ToArray() $part } else { [double]::NaN } }
    [pscustomobject]@{
        Aorta = & $of Aorta 0.75; Portal = & $of PortalAndSplenicVein 0.75; Liver = & $of Liver; Duodenum = & $of Duodenum; Bowel = & $of Bowel
        Mean = $mean.Average; Deviation = $mean.StandardDeviation; BelowZero = 100 * $fat / $gland
        RingFat = $ringFat / $ring; RingSoft = $ringSoft / $ring; RingBright = $ringBright / $ring
    }
}

$measured = @(for ($i = 0; $i -lt $Count; $i++) {
    $case = $source.Create($i, [Threading.CancellationToken]::None)
    if ($Picture -and $i -lt 8) {
        $mask = $case.Label.Select([byte][PancreasSeg.Simulation.PhantomLabel]::Pancreas)
        Export-SegmentationPreview -InputObject $mask -Image $case.Image -Path "$Picture/simulated-$i.png" -Force
    }
    Measure-Gland $case
})

$real = [ordered]@{
    Mean = 'portal 79-111'; Deviation = 'portal 9-14, one of 21'; BelowZero = 'portal 0-0.6, one of 4.3'
    RingFat = 'portal .07-.17, .43, .73'; RingSoft = 'portal .61-.82, .44, .18'; RingBright = 'portal .05-.18'
}
$names = @('Mean', 'Deviation', 'BelowZero', 'RingFat', 'RingSoft', 'RingBright', 'Portal', 'Aorta', 'Liver', 'Duodenum', 'Bowel')
# The real CTs are portal-venous; of simulated ones the aorta tells the phase, but for a few late arterial or delayed ones.
$groups = [ordered]@{
    Portal = @($measured | Where-Object { $_.Aorta -ge 105 -and $_.Aorta -le 210 })
    Native = @($measured | Where-Object Aorta -lt 70)
}
$names | ForEach-Object {
    $name = $_
    $line = [ordered]@{ Figure = $name }
    foreach ($group in $groups.Keys) {
        $values = [double[]]@($groups[$group].$name | Where-Object { -not [double]::IsNaN($_) })
        [Array]::Sort($values)
        $line["$group ($($groups[$group].Count))"] = if ($values.Count -lt 3) { '-' } else {
            (0.1, 0.5, 0.9 | ForEach-Object { $values[[int][Math]::Floor($_ * ($values.Count - 1))].ToString($name -like 'Ring*' ? '0.00' : '0.#') }) -join ' / '
        }
    }
    $line.Real = $real[$name]
    [pscustomobject]$line
} | Format-Table -AutoSize
foreach ($group in $groups.Keys) {
    $n = $groups[$group].Count
    if ($n -eq 0) { continue }
    '{0}: deviation below 15 HU in {1:0%}, fewer than 0.6 % of the gland below 0 HU in {2:0%}, portal vein brighter than the gland by {3:0} HU (median)' -f $group,
        (@($groups[$group] | Where-Object Deviation -lt 15).Count / $n), (@($groups[$group] | Where-Object BelowZero -lt 0.6).Count / $n),
        (Quantile @(@($groups[$group] * 20) | ForEach-Object { $_.Portal - $_.Mean } | Where-Object { -not [double]::IsNaN($_) }))
}
