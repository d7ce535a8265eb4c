using Rekey.Server;
using Rekey.Tokens.Host;

// The child's role comes before everything else: an HSM's library runs in it.
return args is ["module-host", var library] ? ModuleHostMain.Run(library) : await RekeyProgram.RunAsync(args, Console.Out, Console.Error);
