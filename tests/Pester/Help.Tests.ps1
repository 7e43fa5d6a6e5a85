#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

BeforeDiscovery {
    Import-Module "$PSScriptRoot/../../PancreasSeg.psd1" -Force
    $cmdlets = Get-Command -Module PancreasSeg -CommandType Cmdlet
}

BeforeAll {
    $common = [System.Management.Automation.Cmdlet]::CommonParameters + [System.Management.Automation.Cmdlet]::OptionalCommonParameters

    # As PowerShell writes types: short for the well-known ones, without the namespace for the others.
    function Get-TypeName([type] $Type) {
        $name = [Microsoft.PowerShell.ToStringCodeMethods]::Type(([Nullable]::GetUnderlyingType($Type) ?? $Type))
        $name -replace '^.*\.' -replace '^switch$', 'SwitchParameter'
    }
}

Describe 'Help of <_.Name>' -ForEach $cmdlets {
    BeforeAll {
        $command = $_
        $help = Get-Help $command.Name -Full
    }

    It 'has a synopsis, a description, outputs and two examples or more' {
        $help.Synopsis | Should -Not -Match "^\s*$($command.Name)"
        $help.Description.Text | Should -Not -BeNullOrEmpty
        $help.ReturnValues.ReturnValue | Should -Not -BeNullOrEmpty
        @($help.Examples.Example).Count | Should -BeGreaterOrEqual 2
    }

    It 'explains every parameter, with its type and aliases, and no other' {
        $described = @($help.Parameters.Parameter).Where({ $_ -and $_.Name -notin $common })
        $described | ForEach-Object { "$($_.Name) $($_.Type.Name) $($_.Aliases)" } | Sort-Object | Should -Be (
            $command.Parameters.Values | Where-Object Name -notin $common |
                ForEach-Object { "$($_.Name) $(Get-TypeName $_.ParameterType) $(($_.Aliases -join ', ') ? ($_.Aliases -join ', ') : 'none')" } | Sort-Object)
        $described | ForEach-Object { $_.Description.Text | Should -Not -BeNullOrEmpty -Because $_.Name }
    }

    It 'shows the parameter sets there are' {
        $shown = $help.Syntax.SyntaxItem | ForEach-Object {
            (@($_.Parameter).Where({ $_ -and $_.Name -notin $common }) | Sort-Object Name | ForEach-Object { "$($_.Name):$($_.Required)" }) -join ' '
        }
        $shown | Sort-Object | Should -Be ($command.ParameterSets | ForEach-Object {
            ($_.Parameters | Where-Object Name -notin $common | Sort-Object Name | ForEach-Object { "$($_.Name):$($_.IsMandatory)" }) -join ' '
        } | Sort-Object)
    }
}

Describe 'Topics' {
    It 'has the about topic <_>' -ForEach 'about_PancreasSeg', 'about_PancreasSeg_Batch', 'about_PancreasSeg_Coordinates', 'about_PancreasSeg_Models',
        'about_PancreasSeg_Privacy', 'about_PancreasSeg_Reasons' {
        $text = Get-Help $_
        $text | Should -Match 'SHORT DESCRIPTION'
        foreach ($name in [regex]::Matches($text, '\b(?:Get|Start|Export|Import|Invoke|Measure|Compare|Join|ConvertFrom|Resize|Test|New)-(?:Pancreas|Ct|Nn|Keras|Dicom|Segmentation|Nifti|Volume)\w*').Value) {
            Get-Command $name -Module PancreasSeg -ErrorAction Ignore | Should -Not -BeNullOrEmpty -Because $name
        }
    }
}

Describe 'Get-Help -Online' {
    It 'leads to the page of <_.Name> in the repository that the manifest names' -ForEach $cmdlets {
        $project = (Get-Module PancreasSeg).ProjectUri.AbsoluteUri.TrimEnd('/')
        $link = @((Get-Help $_.Name -Full).RelatedLinks.NavigationLink)[0]
        $link.LinkText | Should -Be 'Online Version:'
        $link.Uri | Should -Be "$project/blob/main/docs/$($_.Name).md"
        Join-Path $PSScriptRoot '..' '..' 'docs' "$($_.Name).md" | Should -Exist
    }
}
