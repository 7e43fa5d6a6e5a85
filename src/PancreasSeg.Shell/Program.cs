// PowerShell itself, out of its own packages, for machines that have the .NET SDK and no pwsh: it takes what pwsh takes.
// profile.ps1 beside it imports the module of this repository.
using Microsoft.PowerShell;

// The module promises no network access: neither figures of use nor a look for a newer version.
Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
Environment.SetEnvironmentVariable("POWERSHELL_UPDATECHECK", "Off");
return UnmanagedPSEntry.Start(args, args.Length);
