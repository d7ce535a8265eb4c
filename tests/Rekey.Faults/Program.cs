using System.CommandLine;
using Rekey.Faults;

return await new RootCommand("Looks for what can break: renewals under faults, readers under bad input.")
{
    WalkCommand.Create(), FuzzCommand.Create(),
}.Parse(args).InvokeAsync();
