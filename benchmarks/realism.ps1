# How the simulated CTs that train the starter model compare with real ones: texture of the gland, what lies round it, HU of its
# neighbours, sharpness. Each figure is the 10th, 50th and 90th percentile over the cases; beside them what was measured on real CTs, and
# what your own say.
#
#   dotnet run -c Release --project src/PancreasSeg.Shell -- -File benchmarks/realism.ps1 -LabelMap ./anatomy
#   ./benchmarks/realism.ps1 -Ct ./ct1, ./ct2.nii.gz -Mask ./mask1.nii.gz, ./mask2.nii.gz -Page ./page      at the prompt: two CTs
#
# The five slices with most pancreas of each case count. Inside: the gland without its outermost pixels. Ring: 2.5 to 6.4 mm outside, in the
# slice. Edge: mm along a row from -60 to 0 HU, where fat borders on soft tissue. -Page is a folder for index.html, with pictures of
# simulated and real CTs side by side; of real ones it holds what a picture of a patient holds.
[CmdletBinding()]
param(
    [int] $Count = 50,
    [string[]] $LabelMap = @(),
    [int] $Seed = 2,
    [string[]] $Ct = @(),
    [string[]] $Mask = @(),
    [byte] $PancreasLabel = 1,
    [string] $Page
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"
if ($Ct.Count -ne $Mask.Count) { throw "-Ct has $($Ct.Count) CTs and -Mask $($Mask.Count) masks: give one mask for each CT, in the same order." }

$pictured = 8
$pancreas = [byte][PancreasSeg.Simulation.PhantomLabel]::Pancreas
$plan = [PancreasSeg.Training.SimulatedCases]::Plan('Refiner')
$mm = $plan.Spacing | Select-Object -First 1
$maps = [PancreasSeg.LabelVolume[]]@($LabelMap | Where-Object { $_ } | Get-ChildItem -Filter *.nii.gz | Import-Segmentation)
$options = [PancreasSeg.Training.SimulationOptions] @{ Stage = 'Refiner'; Seed = $Seed; LabelMaps = $maps; CasesPerPatient = 1 }
$source = [PancreasSeg.Training.SimulatedCases]::new($options)
# Offsets of pixels whose centres lie within 6.4 mm.
$disc = foreach ($j in -2..2) { foreach ($i in -2..2) { if (($i * $i + $j * $j) * $mm * $mm -le 6.4 * 6.4) { , @($i, $j) } } }

function Quantile([double[]] $values, [double] $part = 0.5) {
    if ($values.Count -lt 20) { return [double]::NaN }
    [Array]::Sort($values)
    $values[[int][Math]::Floor($part * ($values.Count - 1))]
}

# Widths of the edges along one row: fat below -75 HU, then rising values, then soft tissue above 25 HU.
function Measure-Edge([double[]] $hu, [int] $from, [int] $count, [Collections.Generic.List[double]] $widths) {
    for ($i = $from; $i -lt $from + $count - 1; $i++) {
        if ($hu[$i] -ge -75 -or $hu[$i + 1] -lt -75) { continue }
        $end = $i
        while ($end -lt $from + $count - 1 -and $end -lt $i + 6 -and $hu[$end + 1] -gt $hu[$end] -and $hu[$end] -le 25) { $end++ }
        if ($hu[$end] -le 25) { continue }
        $low = $high = $null
        for ($k = $i; $k -lt $end; $k++) {
            if ($null -eq $low -and $hu[$k + 1] -ge -60) { $low = $k + (-60 - $hu[$k]) / ($hu[$k + 1] - $hu[$k]) }
            if ($null -eq $high -and $hu[$k + 1] -ge 0) { $high = $k - $hu[$k] / ($hu[$k + 1] - $hu[$k]) }
        }
        $widths.Add(($high - $low) * $mm)
    }
}

function Measure-Gland([PancreasSeg.CtVolume] $image, [PancreasSeg.LabelVolume] $label, [byte] $gland) {
    $grid = $label.Grid
    ($columns, $rows) = $grid.Columns, $grid.Rows
    $plane = $columns * $rows
    $labels = $label.Labels.ToArray()
    $fullest = 0..($grid.Slices - 1) | Sort-Object -Descending { $n = 0; foreach ($v in [ArraySegment[byte]]::new($labels, $_ * $plane, $plane)) { if ($v -eq $gland) { $n++ } }; $n } |
        Select-Object -First 5
    $inside = [Collections.Generic.List[double]]::new()
    $edges = [Collections.Generic.List[double]]::new()
    $fat = $size = $ring = $ringFat = $ringSoft = $ringBright = 0
    $organs = @{}
    foreach ($slice in $fullest) {
        $hu = [double[]]::new($plane)
        for ($at = 0; $at -lt $plane; $at++) {
            $hu[$at] = $image.GetHu($at % $columns, [Math]::Floor($at / $columns), $slice)
            $found = $labels[$slice * $plane + $at]
            if ($found -eq 0) { continue }
            if (-not $organs.ContainsKey($found)) { $organs[$found] = [Collections.Generic.List[double]]::new() }
            $organs[$found].Add($hu[$at])
        }
        for ($row = 2; $row -lt $rows - 2; $row++) {
            Measure-Edge $hu ($row * $columns) $columns $edges
            for ($column = 2; $column -lt $columns - 2; $column++) {
                $at = $row * $columns + $column
                $index = $slice * $plane + $at
                if ($labels[$index] -eq $gland) {
                    $size++
                    if ($hu[$at] -lt 0) { $fat++ }
                    if ($labels[$index - 1] -eq $gland -and $labels[$index + 1] -eq $gland -and
                        $labels[$index - $columns] -eq $gland -and $labels[$index + $columns] -eq $gland) { $inside.Add($hu[$at]) }
                    continue
                }
                foreach ($offset in $disc) {
                    if ($labels[$index + $offset[0] + $columns * $offset[1]] -ne $gland) { continue }
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
        Mean = $mean.Average; Deviation = $mean.StandardDeviation; BelowZero = 100 * $fat / $size; Edge = Quantile $edges.ToArray()
        RingFat = $ringFat / $ring; RingSoft = $ringSoft / $ring; RingBright = $ringBright / $ring
    }
}

if ($Page) { New-Item $Page -ItemType Directory -Force | Out-Null }
function Export-Picture($image, $label, [string] $name) {
    if ($Page) { Export-SegmentationPreview -InputObject $label -Image $image -Path (Join-Path $Page "$name.png") -Force }
}

$measured = @(for ($i = 0; $i -lt $Count; $i++) {
    $case = $source.Create($i, [Threading.CancellationToken]::None)
    if ($i -lt $pictured) { Export-Picture $case.Image $case.Label.Select($pancreas) "simulated-$i" }
    Measure-Gland $case.Image $case.Label $pancreas
})
$real = @(for ($i = 0; $i -lt $Ct.Count; $i++) {
    $image = Import-CtSeries $Ct[$i] | Resize-Volume $mm
    $label = (Import-Segmentation $Mask[$i]).Select($PancreasLabel) | Resize-Volume -Like $image
    Export-Picture $image $label "real-$i"
    Measure-Gland $image $label 1
})

$known = [ordered]@{
    Mean = 'portal 79-111'; Deviation = 'portal 9-14, one of 21'; BelowZero = 'portal 0-0.6, one of 4.3'
    RingFat = 'portal .07-.17, .43, .73'; RingSoft = 'portal .61-.82, .44, .18'; RingBright = 'portal .05-.18'; Edge = 'portal 2.0-2.2'
}
$names = @('Mean', 'Deviation', 'BelowZero', 'RingFat', 'RingSoft', 'RingBright', 'Edge', 'Portal', 'Aorta', 'Liver', 'Duodenum', 'Bowel')
# The real CTs are portal-venous; of simulated ones the aorta tells the phase, but for a few late arterial or delayed ones.
$groups = [ordered]@{
    Portal = @($measured | Where-Object { $_.Aorta -ge 105 -and $_.Aorta -le 210 })
    Native = @($measured | Where-Object Aorta -lt 70)
}
$table = $names | ForEach-Object {
    $name = $_
    $format = $name -like 'Ring*' -or $name -eq 'Edge' ? '0.00' : '0.#'
    $line = [ordered]@{ Figure = $name }
    foreach ($group in $groups.Keys) {
        $values = [double[]]@($groups[$group].$name | Where-Object { -not [double]::IsNaN($_) })
        [Array]::Sort($values)
        $line["$group ($($groups[$group].Count))"] = if ($values.Count -lt 3) { '-' } else {
            (0.1, 0.5, 0.9 | ForEach-Object { $values[[int][Math]::Floor($_ * ($values.Count - 1))].ToString($format) }) -join ' / '
        }
    }
    $line.Real = $known[$name]
    if ($real) { $line.Yours = ($real.$name | ForEach-Object { [double]::IsNaN($_) ? '-' : $_.ToString($format) }) -join ', ' }
    [pscustomobject]$line
}
$table | Format-Table -AutoSize | Out-String -Width 200
foreach ($group in $groups.Keys) {
    $n = $groups[$group].Count
    if ($n -eq 0) { continue }
    '{0}: deviation below 15 HU in {1:0%}, fewer than 0.6 % of the gland below 0 HU in {2:0%}, portal vein brighter than the gland by {3:0} HU (median)' -f $group,
        (@($groups[$group] | Where-Object Deviation -lt 15).Count / $n), (@($groups[$group] | Where-Object BelowZero -lt 0.6).Count / $n),
        (Quantile @(@($groups[$group] * 20) | ForEach-Object { $_.Portal - $_.Mean } | Where-Object { -not [double]::IsNaN($_) }))
}
if ($Page) {
    $rows = for ($i = 0; $i -lt [Math]::Max([Math]::Min($Count, $pictured), $Ct.Count); $i++) {
        $cells = foreach ($kind in 'simulated', 'real') {
            '<td>' + ((Test-Path (Join-Path $Page "$kind-$i.png")) ? "<img src=""$kind-$i.png"" alt=""$kind CT $($i + 1) with the outline of its pancreas"">" : '') + '</td>'
        }
        "<tr>$(-join $cells)</tr>"
    }
    @"
<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Simulated and real CTs</title>
<style>body{font:15px system-ui;margin:1.5rem;background:#fff;color:#111}table{border-collapse:collapse}td,th{padding:.25rem .6rem;vertical-align:top;text-align:left}img{width:46vw}</style>
<h1>Simulated and real CTs</h1>
<p>10th, 50th and 90th percentile of $($measured.Count) simulated CTs, seed $Seed. Real: figures of public CTs. Yours: one figure for each CT given.</p>
$(($table | ConvertTo-Html -Fragment) -join "`n")
<table><tr><th>Simulated</th><th>Real</th></tr>
$($rows -join "`n")
</table></html>
"@ | Set-Content (Join-Path $Page 'index.html')
}
