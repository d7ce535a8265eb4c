using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Download;

namespace Rekey.Ra.Sessions;

/// <summary>Takes what an agent reports, and does what follows from it.</summary>
internal sealed class AgentReport(
    SessionStore sessions, ServerChecks serverChecks, BeginRenewal beginRenewal, DownloadChecks downloadChecks, ChooseToken chooseToken, BeginDownload beginDownload)
{
    private const int MostTokens = 16;
    private const int MostCertificates = 64;
    private const int LongestText = 256;

    /// <exception cref="ProblemException">The event does not fit the session (RK-2015) or is not of the form (RK-2011).</exception>
    public async Task ReceiveAsync(string sessionId, AgentEvent happened, CancellationToken cancel)
    {
        CheckForm(happened);
        var goOn = await sessions.ChangeAsync<SessionPurpose?>(sessionId, async change =>
        {
            if (change.Session.Ended)
            {
                throw new ProblemException(Problems.SessionEnded());
            }

            var progress = await change.ProgressAsync(cancel);
            CheckOrder(happened, progress);
            change.Append(happened);
            change.Session.AgentSeenAt = happened is FailedEvent ? null : change.Now;
            switch (happened)
            {
                case PreflightEvent preflight:
                    change.Append(new ReadyEvent(await MergeAsync(change, progress, preflight, cancel)));
                    break;
                case TokenPreflightEvent preflight:
                    change.Append(new ReadyEvent(await MergeAsync(change, progress, preflight, cancel)));
                    break;
                case FailedEvent:
                    (change.Session.AgentTokenSha256, change.Session.SealedSecret) = (null, null);
                    break;
                case AgentStepEvent:
                    await SessionFeed.FinishAsync(change, cancel);
                    break;
                case CertificatesEvent when progress.RenewalId is null && change.Session.Purpose == SessionPurpose.Download:
                    await chooseToken.ListedAsync(change, cancel);
                    break;
                case CertificatesEvent when progress.RenewalId is null && progress.Selected is { } chosen:
                    await ChooseCertificate.QueuePreflightAsync(change, serverChecks, chosen, cancel);
                    break;
                case CertificatesEvent when progress.RenewalId is not null && progress.NewCertificate is null:
                    return change.Session.Purpose;
            }

            return null;
        }, cancel);

        // The holder has already said "renew" or "download"; a relaunched agent goes on by itself.
        switch (goOn)
        {
            case SessionPurpose.Renew:
                await beginRenewal.BeginAgainAsync(sessionId, cancel);
                break;
            case SessionPurpose.Download:
                await beginDownload.BeginAgainAsync(sessionId, cancel);
                break;
        }
    }

    private static void CheckForm(AgentEvent happened)
    {
        var fits = happened switch
        {
            CertificatesEvent e => e.Tokens.Count <= MostTokens && e.Certificates.Count <= MostCertificates && e.Resumable.Count <= MostCertificates
                && e.Tokens.All(Fits)
                && e.Certificates.All(c => c.Token >= 0 && c.Token < e.Tokens.Count && IsBase64(c.Der))
                && e.Resumable.All(r => r.Token >= 0 && r.Token < e.Tokens.Count && IsHex(r.RenewalId, 32) && (r.OldCertSha256 is null || IsHex(r.OldCertSha256, 64))),
            PreflightEvent e => IsHex(e.CertSha256, 64) && Fit(e.Checks),
            TokenPreflightEvent e => Fits(e.Token) && Fit(e.Checks),
            PinWrongEvent e => e.TriesLeft is null or (>= 0 and < 100),
            RemovedEvent e => e.SerialNumber.Length <= LongestText,
            InsertedEvent e => Fits(e.Token),
            FailedEvent e => Fits(e.Problem),
            _ => true,
        };
        if (!fits)
        {
            throw new ProblemException(Problems.BadRequest("a value of the event is out of its range"));
        }
    }

    private static bool Fit(IReadOnlyList<PreflightCheck> checks) => checks.Count <= 16 && checks.All(c => c.Problem is null || Fits(c.Problem));

    private static bool Fits(TokenName t) => new[] { t.Driver, t.Manufacturer, t.Model, t.SerialNumber }.All(x => x.Length <= LongestText);

    private static bool Fits(TokenSummary t) =>
        new[] { t.Driver, t.Manufacturer, t.Model, t.SerialNumber, t.Label, t.Module }.All(x => x.Length <= LongestText);

    private static bool Fits(WireProblem p) => Problems.IsKnown(p.Number) && p.Arguments.Count <= 5 && p.Arguments.All(a => a.Length <= LongestText);

    private static bool IsHex(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigitLower);

    // Whether it can be read as a certificate is another matter: a strange one of another system must not hide the others.
    private static bool IsBase64(string text) => System.Buffers.Text.Base64.IsValid(text);

    private static void CheckOrder(AgentEvent happened, SessionProgress progress)
    {
        var fits = happened switch
        {
            AgentStepEvent or PinAskedEvent or PinWrongEvent => progress.RenewalId is not null,
            PreflightEvent e => e.CertSha256 == progress.Selected && progress.RenewalId is null,
            TokenPreflightEvent e => e.Token == progress.SelectedToken && progress.RenewalId is null,
            _ => true,
        };
        if (!fits || progress.NewCertificate is not null)
        {
            throw new ProblemException(Problems.OutOfOrder());
        }
    }

    private async Task<IReadOnlyList<PreflightCheck>> MergeAsync(
        SessionChange change, SessionProgress progress, PreflightEvent preflight, CancellationToken cancel)
    {
        // The server's kinds are the server's word.
        PreflightKind[] servers = [PreflightKind.Certificate, PreflightKind.Model, PreflightKind.AgentVersion, PreflightKind.OldKey];
        var (own, _) = await serverChecks.CheckAsync(change.Db, change.Session, progress, preflight.CertSha256, cancel);
        var agents = new List<PreflightCheck>();
        foreach (var check in preflight.Checks.Where(c => !servers.Contains(c.Kind)))
        {
            agents.Add(await serverChecks.RoomAsync(change.Db, change.Session, progress, preflight.CertSha256, check, cancel));
        }

        return Ordered(own.Concat(agents));
    }

    private async Task<IReadOnlyList<PreflightCheck>> MergeAsync(
        SessionChange change, SessionProgress progress, TokenPreflightEvent preflight, CancellationToken cancel)
    {
        var (own, _) = await downloadChecks.CheckAsync(change.Db, change.Session, progress, preflight.Token, cancel);
        return Ordered(own.Concat(preflight.Checks.Where(c => !DownloadChecks.Own.Contains(c.Kind))));
    }

    private static IReadOnlyList<PreflightCheck> Ordered(IEnumerable<PreflightCheck> checks) =>
        [.. checks.OrderBy(c => c.Outcome switch { PreflightOutcome.Failed => 0, PreflightOutcome.Warning => 1, _ => 2 }).ThenBy(c => c.Kind)];
}
