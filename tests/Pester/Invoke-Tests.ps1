# Runs the tests of this folder and writes a JSON array with name, result and message of each, for PesterTests.cs.
param([Parameter(Mandatory)] [string] $Destination)

$run = Invoke-Pester -Configuration @{ Run = @{ Path = $PSScriptRoot; PassThru = $true }; Output = @{ Verbosity = 'None' } }
$broken = $run.Containers | Where-Object ErrorRecord | Select-Object @{ n = 'Name'; e = { Split-Path -Leaf $_.Item } }, @{ n = 'Result'; e = { 'Failed' } }, @{ n = 'Message'; e = { "$($_.ErrorRecord)" } }
$tests = $run.Tests | Select-Object @{ n = 'Name'; e = { "$(Split-Path -Leaf $_.ScriptBlock.File): $($_.ExpandedPath)" } }, Result, @{ n = 'Message'; e = { "$($_.ErrorRecord)" } }
@($broken) + @($tests) | ConvertTo-Json -AsArray | Set-Content $Destination
