using Rekey.Agent.Modules;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Agent.Bridge;

/// <summary>One deed for a site, from attaching to its end: consent, the deed, and what is told of a failure.</summary>
/// <param name="bridge">The site.</param>
/// <param name="tokens">All tokens.</param>
/// <param name="purpose">What the launch address said.</param>
internal abstract class SiteVisit(BridgeClient bridge, TokenSet tokens, SessionPurpose purpose)
{
    /// <summary>Carries the visit out.</summary>
    /// <returns>Null when it came to its end, or was ended by page or server; else what the page was told.</returns>
    /// <exception cref="ProblemException">The site could not be attached to, or was lost.</exception>
    public async Task<Problem?> RunAsync(string ticket, CancellationToken cancel)
    {
        var (session, _) = await bridge.AttachAsync(ticket, AgentVersion.Text, TimeProvider.System, cancel);
        if (session.Purpose != purpose)
        {
            throw new ProblemException(Problems.LaunchRefused());
        }

        await using var pump = new CommandPump(bridge, cancel);
        var early = Task.Run(tokens.Survey, CancellationToken.None); // reads while the consent window is open; nothing is told at all
        Problem problem;
        try
        {
            await DoAsync(session, early, pump.Ended);
            return null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return pump.Problem;
        }
        catch (ProblemException e) when (CommandPump.IsEnd(e.Problem))
        {
            return null;
        }
        catch (ProblemException e)
        {
            problem = e.Problem;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            problem = Incident.Record(e);
        }
        finally
        {
            await early;
        }

        await TellAsync(problem, cancel);
        return problem;
    }

    /// <summary>The deed.</summary>
    /// <param name="session">The site, attached to.</param>
    /// <param name="early">What is on the tokens, being read.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="ProblemException">It did not come to its end; the page is told why.</exception>
    protected abstract Task DoAsync(Attached session, Task<TokenSurvey> early, CancellationToken cancel);

    /// <summary>The check code as windows show it.</summary>
    protected static string Spaced(string checkCode) => checkCode.Length == 6 ? $"{checkCode[..3]} {checkCode[3..]}" : checkCode;

    private async Task TellAsync(Problem problem, CancellationToken cancel)
    {
        try
        {
            await bridge.PostAsync(new FailedEvent(WireProblem.Of(problem)), cancel);
        }
        catch (ProblemException e) when (CommandPump.IsEnd(e.Problem))
        {
            // Over already; nobody listens.
        }
    }
}
