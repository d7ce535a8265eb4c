using System.CommandLine;
using Rekey.Ca.Configuration;
using Rekey.Server.Commands;

var root = new RootCommand("Rekey: certificates on USB keys, renewed by their holders.") { ServeCommand.Create(), MigrateCommand.Create() };
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (ConfigurationException e)
{
    Console.Error.WriteLine($"rekey: {e.Message}");
    return 78; // EX_CONFIG
}
