using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Ra.Sessions;

/// <summary>Notes the holder's choice and starts the pre-flight, unless the rule already says no.</summary>
internal sealed class ChooseCertificate(SessionStore sessions, ServerChecks serverChecks)
{
    /// <exception cref="ProblemException">RK-2015: the agent has not listed it, or a renewal is already running.</exception>
    public async Task ChooseAsync(string sessionId, string certSha256, CancellationToken cancel) =>
        await sessions.ChangeAsync(sessionId, async change =>
        {
            var progress = await change.ProgressAsync(cancel);
            if (change.Session.Ended)
            {
                throw new ProblemException(Problems.SessionEnded());
            }

            if (change.Session.Purpose != SessionPurpose.Renew || progress.Find(certSha256) is null || (progress.RenewalId is not null && !Over(progress)))
            {
                throw new ProblemException(Problems.OutOfOrder());
            }

            change.Session.SelectedSha256 = certSha256;
            change.Append(new SelectedEvent(certSha256));
            await QueuePreflightAsync(change, serverChecks, certSha256, cancel);
            return true;
        }, cancel);

    internal static async Task QueuePreflightAsync(SessionChange change, ServerChecks serverChecks, string certSha256, CancellationToken cancel)
    {
        var progress = await change.ProgressAsync(cancel);
        if (progress.Find(certSha256) is null)
        {
            return; // no longer on a token: the page asks for another choice
        }

        var (checks, command) = await serverChecks.CheckAsync(change.Db, change.Session, progress, certSha256, cancel);
        if (checks.Any(c => c.Outcome == PreflightOutcome.Failed))
        {
            // The rule says no: there is nothing to ask the token for.
            change.Append(new ReadyEvent([.. checks.OrderBy(c => c.Outcome == PreflightOutcome.Failed ? 0 : 1)]));
        }
        else
        {
            change.Command(command);
        }
    }

    private static bool Over(SessionProgress progress) => progress.NewCertificate is not null || progress.Problem is not null;
}
