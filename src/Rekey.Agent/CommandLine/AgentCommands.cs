using System.CommandLine;
using Rekey.Agent.Configuration;
using Rekey.Agent.Prompts;
using Rekey.Contract.Problems;

namespace Rekey.Agent.CommandLine;

/// <summary>The command line, and the console as the edge where problems become text and exit codes.</summary>
internal static class AgentCommands
{
    /// <summary>Runs a command line.</summary>
    /// <returns>0 done, 2 address refused, 3 site not allowed, 4 configuration unusable, 1 anything else.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var uri = new Option<string?>("--uri") { Description = "The address (rekey://start?…) or start.rekey file that a browser passed." };
        var file = new Argument<string?>("file") { Arity = ArgumentArity.ZeroOrOne, Description = "A start.rekey file." };
        var config = new Option<string>("--config") { Description = "Configuration file.", DefaultValueFactory = _ => ConfigFile.DefaultPath, Recursive = true };
        var language = new Option<string?>("--lang") { Description = "zh or en.", Recursive = true };
        var root = new RootCommand("Rekey agent") { uri, file, config, language };
        root.SetAction((parsed, cancel) => AtEdgeAsync(
            parsed.GetValue(config)!,
            parsed.GetValue(language),
            () => Launch.RunAsync(parsed.GetValue(uri) ?? parsed.GetValue(file) ?? "", parsed.GetValue(config)!, parsed.GetValue(language), cancel)));
        return await root.Parse(args).InvokeAsync();
    }

    private static async Task<int> AtEdgeAsync(string configPath, string? language, Func<Task<Problem?>> run)
    {
        try
        {
            return await run() is { } told ? ExitCode(told) : 0;
        }
        catch (ProblemException e)
        {
            var texts = AgentTexts.In(language ?? AgentTexts.SystemLanguage());
            await Console.Error.WriteLineAsync(texts.Full(e.Problem));
            await ShowAsync(e.Problem, texts, configPath);
            return ExitCode(e.Problem);
        }
    }

    // A desktop shows no console: what kept the page from being reached is told in a window.
    private static async Task ShowAsync(Problem problem, AgentTexts texts, string configPath)
    {
        try
        {
            var configured = problem.Number == Problems.AgentMisconfigured("", "").Number ? null : ConfigFile.Load(configPath).Config.Pinentry;
            if (Pinentry.Find(configured) is { } program)
            {
                await new Pinentry(program, texts.Culture.Name).ConfirmAsync(new(texts.Product, texts.Full(problem), texts.Ok, null), CancellationToken.None);
            }
        }
        catch (Exception e) when (e is IOException or ProblemException or System.ComponentModel.Win32Exception)
        {
            // It stands on standard error already.
        }
    }

    private static int ExitCode(Problem problem) => problem.Number switch
    {
        1060 => 2,
        1061 => 3,
        1062 => 4,
        _ => 1,
    };
}
