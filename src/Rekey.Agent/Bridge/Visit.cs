using Rekey.Agent.Download;
using Rekey.Agent.Modules;
using Rekey.Agent.Prompts;
using Rekey.Agent.Renewal;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Cmp;

namespace Rekey.Agent.Bridge;

/// <summary>
/// One visit to a site, from attaching to the end: consent, certificates, then what the page asks for. It ends when a renewal or download is
/// done, when the page cancels or ends the session, or when nobody asks for anything for <see cref="IdleLimit"/>.
/// </summary>
internal sealed class Visit(BridgeClient bridge, TokenSet tokens, Func<string, IUserPrompt> prompts, CmpTrust trust, TimeProvider local)
{
    /// <summary>Sessions of the server live shorter; this only ends an agent whose server forgot to say so.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(30);

    /// <summary>How often to look for a key while there is none: a person looks at the page after plugging in.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(2);

    /// <summary>Between two looks for a token that was pulled out.</summary>
    public TimeSpan Reinsertion { get; init; } = Renewal.Reinsertion.Interval;

    /// <summary>Between two requests to a CA that cannot answer now.</summary>
    public TimeSpan BusyPause { get; init; } = AskCa.BusyPause;

    private readonly ServerClock clock = new(local);
    private TokenSurvey survey = new([], []);

    /// <summary>Carries the visit out.</summary>
    /// <returns>Null when it ended as it should; else what the holder was told.</returns>
    /// <exception cref="ProblemException">The site could not be attached to, or was lost.</exception>
    public async Task<Problem?> RunAsync(string ticket, CancellationToken cancel)
    {
        var (session, offset) = await bridge.AttachAsync(ticket, AgentVersion.Text, local, cancel);
        clock.Offset = offset;

        await using var pump = new CommandPump(bridge, cancel);
        var early = Task.Run(tokens.Survey, CancellationToken.None); // reads while the consent window is open; nothing is told before the answer
        try
        {
            return await AttendAsync(session, pump, early);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return pump.Problem is { } lost ? await TellAsync(lost, cancel) : null;
        }
        catch (ProblemException e) when (CommandPump.IsEnd(e.Problem))
        {
            return null;
        }
        finally
        {
            await early;
        }
    }

    private async Task<Problem?> AttendAsync(Attached session, CommandPump pump, Task<TokenSurvey> early)
    {
        var texts = AgentTexts.In(session.Language);
        var prompt = prompts(session.Language);
        if (await AskConsentAsync(session, texts, prompt, pump.Ended) is { } declined)
        {
            return declined;
        }

        await ListAsync(await early, pump.Ended);
        var began = clock.GetTimestamp();
        while (clock.GetElapsedTime(began) < IdleLimit)
        {
            switch (await pump.NextAsync(survey.Tokens.Count == 0 ? LookInterval : IdleLimit))
            {
                case ReadAgainCommand:
                    await ListAsync(tokens.Survey(), pump.Ended);
                    break;
                case null when survey.Tokens.Count == 0:
                    await LookForTokenAsync(pump.Ended);
                    break;
                case PreflightCommand c:
                    var checks = await new Preflight(bridge, clock.Offset).RunAsync(c, survey, pump.Ended);
                    await bridge.PostAsync(new PreflightEvent(c.CertSha256, checks), pump.Ended);
                    break;
                case DownloadPreflightCommand c:
                    var found = await new Preflight(bridge, clock.Offset).RunAsync(c, survey, pump.Ended);
                    await bridge.PostAsync(new TokenPreflightEvent(c.Token, found), pump.Ended);
                    break;
                case RenewCommand c:
                    return await AtEdgeAsync(pin => new RenewOnToken(bridge, tokens, pin, trust, clock) { LookInterval = Reinsertion, BusyPause = BusyPause }
                        .RunAsync(c, survey, pump.Ended));
                case DownloadCommand c when session.Purpose == SessionPurpose.Download:
                    return await AtEdgeAsync(pin => new DownloadOnToken(bridge, tokens, pin, trust, clock) { LookInterval = Reinsertion, BusyPause = BusyPause }
                        .RunAsync(c, survey, pump.Ended));
            }
        }

        return null;

        Task<Problem?> AtEdgeAsync(Func<PinDialog, Task> act) => this.AtEdgeAsync(
            async () =>
            {
                await act(new PinDialog(prompt, texts, session.Institution, bridge.Origin, e => bridge.PostAsync(e, pump.Ended)));
                return null;
            },
            pump.Ended);
    }

    private async Task<Problem?> AskConsentAsync(Attached session, AgentTexts texts, IUserPrompt prompt, CancellationToken cancel)
    {
        await bridge.PostAsync(new ConsentAskedEvent(), cancel);
        var code = session.CheckCode.Length == 6 ? $"{session.CheckCode[..3]} {session.CheckCode[3..]}" : session.CheckCode;
        var asked = session is { Purpose: SessionPurpose.Download, Holder: { } holder }
            ? texts.DownloadConsent(session.Institution, bridge.Origin, code, holder)
            : texts.Consent(session.Institution, bridge.Origin, code);
        var question = new PromptText(texts.Product, asked, texts.ConsentOk, texts.ConsentCancel);
        return await AtEdgeAsync(
            async () => await prompt.ConfirmAsync(question, cancel) ? null : throw new ProblemException(Problems.ConsentDeclined()), cancel);
    }

    // The edge to the page: a failure becomes an event, after which the server takes no more from this agent.
    private async Task<Problem?> AtEdgeAsync(Func<Task<Problem?>> act, CancellationToken cancel)
    {
        Problem problem;
        try
        {
            return await act();
        }
        catch (ProblemException e) when (!CommandPump.IsEnd(e.Problem))
        {
            problem = e.Problem;
        }
        catch (Exception e) when (e is not (OperationCanceledException or ProblemException))
        {
            problem = Incident.Record(e);
        }

        return await TellAsync(problem, cancel);
    }

    private async Task<Problem> TellAsync(Problem problem, CancellationToken cancel)
    {
        await bridge.PostAsync(new FailedEvent(WireProblem.Of(problem)), cancel);
        return problem;
    }

    private async Task ListAsync(TokenSurvey found, CancellationToken cancel)
    {
        survey = found;
        await bridge.PostAsync(CertificateList.Of(survey), cancel);
    }

    private async Task LookForTokenAsync(CancellationToken cancel)
    {
        if (tokens.LookAgain() is [var first, ..])
        {
            await bridge.PostAsync(new InsertedEvent(first.Summary), cancel);
            await ListAsync(tokens.Survey(), cancel);
        }
    }
}
