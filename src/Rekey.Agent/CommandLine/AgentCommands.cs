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
        root.SetAction((parsed, cancel) => InWindowAsync(
            parsed.GetValue(config)!,
            parsed.GetValue(language),
            () => Launch.RunAsync(parsed.GetValue(uri) ?? parsed.GetValue(file) ?? "", parsed.GetValue(config)!, parsed.GetValue(language), cancel)));

        var list = new Command("list", "Tokens and certificates.");
        list.SetAction((parsed, cancel) => WithConfigAsync(parsed, (loaded, texts) => Task.FromResult(TokenCommands.List(loaded.Config, texts, Console.Out))));

        var which = new Argument<string>("certificate") { Description = "The beginning of its SHA-256, or its serial number, in hex." };
        var show = new Command("show", "One certificate.") { which };
        show.SetAction((parsed, cancel) => WithConfigAsync(
            parsed, (loaded, texts) => Task.FromResult(TokenCommands.Show(loaded.Config, parsed.GetValue(which)!, texts, Console.Out))));

        var certificate = new Option<string?>("--certificate") { Description = "As for show; needed when there are several." };
        var origin = new Option<string?>("--origin") { Description = "The site; needed when the configuration names several." };
        var renew = new Command("renew", "Renews a certificate without a page, or goes on with a renewal.") { certificate, origin };
        renew.SetAction((parsed, cancel) => WithConfigAsync(
            parsed, (loaded, texts) => TokenCommands.RenewAsync(loaded, parsed.GetValue(certificate), parsed.GetValue(origin), texts, Console.Out, cancel)));

        var copy = new Option<bool>("--copy") { Description = "Copies it to the clipboard as well." };
        var doctor = new Command("doctor", "A diagnosis without private data.") { copy };
        doctor.SetAction((parsed, cancel) => OnConsoleAsync(
            parsed, texts => Doctor.RunAsync(parsed.GetValue(config)!, texts, parsed.GetValue(copy), Console.Out, cancel)));

        foreach (var command in (Command[])[list, show, renew, doctor])
        {
            root.Subcommands.Add(command);
        }

        return await root.Parse(args).InvokeAsync();

        Task<int> WithConfigAsync(ParseResult parsed, Func<LoadedConfig, AgentTexts, Task<Problem?>> run) =>
            OnConsoleAsync(parsed, texts => run(ConfigFile.Load(parsed.GetValue(config)!), texts));

        async Task<int> OnConsoleAsync(ParseResult parsed, Func<AgentTexts, Task<Problem?>> run)
        {
            var texts = AgentTexts.In(parsed.GetValue(language) ?? AgentTexts.SystemLanguage());
            try
            {
                return await run(texts) is { } told ? ExitCode(told) : 0;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                var problem = (e as ProblemException)?.Problem ?? Incident.Record(e);
                await Console.Error.WriteLineAsync(texts.Full(problem));
                return ExitCode(problem);
            }
        }
    }

    private static async Task<int> InWindowAsync(string configPath, string? language, Func<Task<Problem?>> run)
    {
        try
        {
            return await run() is { } told ? ExitCode(told) : 0;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var problem = (e as ProblemException)?.Problem ?? Incident.Record(e);
            var texts = AgentTexts.In(language ?? AgentTexts.SystemLanguage());
            await Console.Error.WriteLineAsync(texts.Full(problem));
            await ShowAsync(problem, texts, configPath);
            return ExitCode(problem);
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
