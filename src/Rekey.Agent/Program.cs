using Rekey.Agent.CommandLine;
using Rekey.Tokens.Host;

// The child's role comes before everything else: it starts once per library and knows no options.
return args is ["module-host", var library] ? ModuleHostMain.Run(library) : await AgentCommands.RunAsync(args);
