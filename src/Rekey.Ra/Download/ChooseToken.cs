using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Sessions;

namespace Rekey.Ra.Download;

/// <summary>Notes to which token a download goes and starts the pre-flight, unless the rule already says no.</summary>
internal sealed class ChooseToken(SessionStore sessions, DownloadChecks checks)
{
    /// <exception cref="ProblemException">RK-2015: the agent has not listed it, or the download is already running.</exception>
    public Task ChooseAsync(string sessionId, TokenName token, CancellationToken cancel) => sessions.ChangeAsync(sessionId, async change =>
    {
        var progress = await change.ProgressAsync(cancel);
        if (change.Session.Ended)
        {
            throw new ProblemException(Problems.SessionEnded());
        }

        if (change.Session.Purpose != SessionPurpose.Download || progress.FindToken(token) is null || (progress.RenewalId is not null && progress.Problem is null))
        {
            throw new ProblemException(Problems.OutOfOrder());
        }

        await ChooseAsync(change, token, cancel);
        return true;
    }, cancel);

    /// <summary>The agent has listed the tokens. The only one is chosen; a choice that was made is looked at anew.</summary>
    public async Task ListedAsync(SessionChange change, CancellationToken cancel)
    {
        var progress = await change.ProgressAsync(cancel);
        if (progress.SelectedToken is not null)
        {
            await QueuePreflightAsync(change, progress.SelectedToken, cancel);
        }
        else if (progress.Keys is { Tokens: [var only] })
        {
            await ChooseAsync(change, TokenName.Of(only), cancel);
        }
    }

    private async Task ChooseAsync(SessionChange change, TokenName token, CancellationToken cancel)
    {
        change.Append(new TokenSelectedEvent(token));
        await QueuePreflightAsync(change, token, cancel);
    }

    private async Task QueuePreflightAsync(SessionChange change, TokenName token, CancellationToken cancel)
    {
        var progress = await change.ProgressAsync(cancel);
        var (own, command) = await checks.CheckAsync(change.Db, change.Session, progress, token, cancel);
        if (own.Any(c => c.Outcome == PreflightOutcome.Failed))
        {
            change.Append(new ReadyEvent([.. own.OrderBy(c => c.Outcome == PreflightOutcome.Failed ? 0 : 1)])); // there is nothing to ask the token for
        }
        else
        {
            change.Command(command);
        }
    }
}
