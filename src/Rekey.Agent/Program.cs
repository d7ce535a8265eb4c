using Rekey.Agent.Modules;

// The child's role comes before everything else: it starts once per library and knows no options.
if (args is ["module-host", var library])
{
    return ModuleHostMain.Run(library);
}

return 0;
