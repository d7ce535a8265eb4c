using System.CommandLine;
using Rekey.Ca.Configuration;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;
using Rekey.Pki.Keys;
using Rekey.Server.Commands;
using Rekey.Store.Backup;
using Rekey.Store.Schema;
using Rekey.Tokens.Host;

// The child's role comes before everything else: an HSM's library runs in it.
if (args is ["module-host", var library])
{
    return ModuleHostMain.Run(library);
}

var root = new RootCommand("Rekey: certificates on USB keys, renewed by their holders.")
{
    ServeCommand.Create(), MigrateCommand.Create(), CaCommands.Create(), RaCommands.Create(), RaImportCommands.Takeover(), AuditCommands.Create(), DoctorCommand.Create(),
};
foreach (var command in BackupCommands.Create())
{
    root.Add(command);
}

try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is ConfigurationException or ProblemException or StoreSchemaException or BackupException or PrivateKeyException or MalformedException or IOException)
{
    Console.Error.WriteLine($"rekey: {e.Message}");
    return 78; // EX_CONFIG
}
