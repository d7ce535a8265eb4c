using System.Threading.Channels;
using Rekey.Agent.Modules;
using Rekey.Agent.Prompts;
using Rekey.Agent.Renewal;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Cmp;

namespace Rekey.Agent.Bridge;

/// <summary>
/// One visit to a site, from attaching to the end: consent, certificates, then what the page asks for. It ends when a renewal is
/// done, when the page cancels or ends the session, or when nobody asks for anything for <see cref="IdleLimit"/>.
/// </summary>
internal sealed class Visit(BridgeClient bridge, TokenSet tokens, Func<string, IUserPrompt> prompts, CmpTrust trust, TimeProvider local)
{
    /// <summary>Sessions of the server live shorter; this only ends an agent whose server forgot to say so.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(30);

    private readonly ServerClock clock = new(local);
    private TokenSurvey survey = new([], []);

    /// <summary>Carries the visit out.</summary>
    /// <returns>Null when it ended as it should; else what the holder was told.</returns>
    public async Task<Problem?> RunAsync(string ticket, string version, CancellationToken cancel)
    {
        var (session, offset) = await bridge.AttachAsync(ticket, version, local, cancel);
        clock.Offset = offset;
        var texts = AgentTexts.In(session.Language);
        var prompt = prompts(session.Language);

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var commands = Channel.CreateUnbounded<SequencedCommand>();
        var pump = PumpAsync(commands.Writer, ending);
        try
        {
            return await AttendAsync(session, texts, prompt, commands.Reader, ending.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null; // the page or the server ended it
        }
        catch (ProblemException e) when (e.Problem.Number is 2001 or 2002)
        {
            return null; // likewise
        }
        finally
        {
            await ending.CancelAsync();
            await pump;
        }
    }

    private async Task<Problem?> AttendAsync(Attached session, AgentTexts texts, IUserPrompt prompt, ChannelReader<SequencedCommand> commands, CancellationToken cancel)
    {
        await bridge.PostAsync(new ConsentAskedEvent(), cancel);
        var code = session.CheckCode.Length == 6 ? $"{session.CheckCode[..3]} {session.CheckCode[3..]}" : session.CheckCode;
        var question = new PromptText(texts.Product, texts.Consent(session.Institution, bridge.Origin, code), texts.ConsentOk, texts.ConsentCancel);
        if (!await prompt.ConfirmAsync(question, cancel))
        {
            return await FailAsync(Problems.ConsentDeclined(), cancel);
        }

        await ReadTokensAsync(cancel);
        while (true)
        {
            using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            idle.CancelAfter(IdleLimit);
            switch ((await commands.ReadAsync(idle.Token)).Command)
            {
                case ReadAgainCommand:
                    await ReadTokensAsync(cancel);
                    break;
                case PreflightCommand c:
                    await bridge.PostAsync(new PreflightEvent(c.CertSha256, await new Preflight(bridge, clock.Offset).RunAsync(c, survey, cancel)), cancel);
                    break;
                case RenewCommand c when await RenewAsync(c, session, texts, prompt, cancel) is null:
                    return null;
            }
        }
    }

    // A failed renewal ends nothing: the page offers what to do next, and the agent stays for it.
    private async Task<Problem?> RenewAsync(RenewCommand command, Attached session, AgentTexts texts, IUserPrompt prompt, CancellationToken cancel)
    {
        try
        {
            var pin = new PinDialog(prompt, texts, session.Institution, bridge.Origin, e => bridge.PostAsync(e, cancel));
            await new RenewOnToken(bridge, tokens, pin, trust, clock).RunAsync(command, survey, cancel);
            return null;
        }
        catch (ProblemException e) when (e.Problem.Number is not (2001 or 2002))
        {
            return await FailAsync(e.Problem, cancel);
        }
    }

    private async Task ReadTokensAsync(CancellationToken cancel)
    {
        survey = tokens.Survey();
        if (survey.Tokens.Count == 0 && survey.Faults.FirstOrDefault(f => f.Fault.Fault is Rekey.Tokens.TokenFault.ModuleCrashed or Rekey.Tokens.TokenFault.ModuleTimedOut)
            is { Fault: { } fault, Module: var module })
        {
            await FailAsync(TokenProblem.Of(fault, module), cancel);
        }

        await bridge.PostAsync(CertificateList.Of(survey), cancel);
    }

    private async Task<Problem> FailAsync(Problem problem, CancellationToken cancel)
    {
        await bridge.PostAsync(new FailedEvent(WireProblem.Of(problem)), cancel);
        return problem;
    }

    // Polls all the time, also while a window is open or a key is generated: it is how the server knows that the agent lives.
    private async Task PumpAsync(ChannelWriter<SequencedCommand> writer, CancellationTokenSource ending)
    {
        var last = 0;
        try
        {
            while (true)
            {
                foreach (var command in (await bridge.CommandsAsync(last, ending.Token)).Commands)
                {
                    last = command.Seq;
                    if (command.Command is CancelCommand)
                    {
                        await ending.CancelAsync();
                        return;
                    }

                    writer.TryWrite(command);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ProblemException)
        {
            await ending.CancelAsync();
        }
    }
}
