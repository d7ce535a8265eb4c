using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Sessions;

namespace Rekey.Ra.Download;

/// <summary>The holder said "download": records the intent, then gives the agent its command with a secret made for it.</summary>
internal sealed class BeginDownload(SessionStore sessions, StartDownload start, DownloadSecrets secrets)
{
    /// <exception cref="ProblemException">The rule's refusal, or RK-2015 before the pre-flight is over.</exception>
    public async Task BeginAsync(Session session, CancellationToken cancel)
    {
        var progress = SessionProgress.Of(await sessions.EventsAsync(session.Id, 0, cancel));
        var failed = progress.Checks?.FirstOrDefault(c => c.Outcome == PreflightOutcome.Failed)?.Problem;
        if (failed is not null)
        {
            throw new ProblemException(failed.ToProblem());
        }

        if (progress.SelectedToken is null || progress.Checks is null || !progress.Attached)
        {
            throw new ProblemException(Problems.OutOfOrder());
        }

        await CommandAsync(session, progress, cancel);
    }

    /// <summary>Goes on with the download that this session began, after its agent was launched again.</summary>
    public async Task BeginAgainAsync(string sessionId, CancellationToken cancel)
    {
        var session = await sessions.FindAsync(sessionId, cancel) ?? throw new ProblemException(Problems.SessionUnknown());
        var progress = SessionProgress.Of(await sessions.EventsAsync(sessionId, 0, cancel));
        try
        {
            await CommandAsync(session, progress, cancel);
        }
        catch (ProblemException e)
        {
            await sessions.ChangeAsync(sessionId, change =>
            {
                change.Append(new FailedEvent(WireProblem.Of(e.Problem)));
                return Task.FromResult(true);
            }, cancel);
        }
    }

    private async Task CommandAsync(Session session, SessionProgress progress, CancellationToken cancel)
    {
        var token = progress.SelectedToken!;
        var wish = progress.DownloadWish(session, token) ?? throw new ProblemException(Problems.TokenRemoved());
        var (download, authorisation) = await start.StartAsync(wish, cancel);
        await sessions.ChangeAsync(session.Id, change =>
        {
            var id = Convert.ToHexStringLower(download.DownloadId);
            change.Session.RenewalId = id;
            secrets.New(change.Session);
            change.Append(new StartedEvent(id));
            change.Command(new DownloadCommand(
                token,
                id,
                Convert.ToBase64String(DecideDownload.SubjectOf(authorisation)),
                download.KeyType,
                authorisation.Reference,
                "", // filled in for the agent alone
                download.EncryptionKeyType is { } kind ? new(kind) : null));
            return Task.FromResult(true);
        }, cancel);
    }
}
