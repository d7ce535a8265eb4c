using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Download;

/// <summary>
/// Records the intent to download, before the agent does anything that cannot be undone, or finds the intent that is already there.
/// Whether the authorisation stands is decided here, once; it holds until the download ends.
/// </summary>
internal sealed class StartDownload(IDbContextFactory<RaDbContext> contexts, Acts<RaDbContext> acts, DownloadCases cases, RenewalCases renewals, TimeProvider time)
{
    /// <summary>The download: a new one, or the one to go on with.</summary>
    /// <exception cref="ProblemException">The rule's refusal, or RK-3523 when somebody else is at it.</exception>
    public async Task<(DownloadRecord Download, Authorisation Authorisation)> StartAsync(DownloadWish wish, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var judgement = await JudgeAsync(db, wish, cancel);
        var download = judgement.Current is { } current
            ? await TakeOverAsync(current, judgement, wish, cancel)
            : await RecordIntentAsync(db, judgement, wish, cancel);
        return (download, judgement.Authorisation);
    }

    private async Task<DownloadJudgement> JudgeAsync(RaDbContext db, DownloadWish wish, CancellationToken cancel)
    {
        var judgement = await cases.JudgeAsync(db, wish, cancel);
        if ((judgement.Refusal ?? judgement.TokenRefusal) is not { } refusal)
        {
            return judgement;
        }

        await acts.RecordAsync(
            new AuditEvent("download.refused", "session", Target(judgement.Authorisation), AuditOutcome.Refused)
            {
                Details = new Dictionary<string, string> { ["problem"] = refusal.Code },
            },
            cancel);
        throw new ProblemException(refusal);
    }

    private async Task<DownloadRecord> RecordIntentAsync(RaDbContext db, DownloadJudgement judgement, DownloadWish wish, CancellationToken cancel)
    {
        var download = new DownloadRecord
        {
            DownloadId = RandomNumberGenerator.GetBytes(16),
            AuthorisationId = judgement.Authorisation.Id,
            SessionId = wish.SessionId,
            State = DownloadState.Open,
            StartedAt = time.GetUtcNow(),
            KeyType = judgement.KeyType,
            EncryptionKeyType = judgement.EncryptionKeyType,
            Token = TokenOf(wish),
        };
        try
        {
            await using var act = await acts.BeginAsync(cancel);
            act.Db.Downloads.Add(download);
            act.Record(Event("download.started", judgement.Authorisation, download.DownloadId));
            // COMMIT of the intent. A crash after it leaves a row that whoever types the codes goes on with, or that ends itself.
            await act.CommitAsync(cancel);
            return download;
        }
        catch (DbUpdateException) when (!cancel.IsCancellationRequested)
        {
            // Two at once: the constraint let the other one in. Unless that was this session too, we have lost.
            var now = await JudgeAsync(db, wish, cancel);
            return now.Current is { } winner ? await TakeOverAsync(winner, now, wish, cancel) : throw new ProblemException(Problems.RenewalEnded());
        }
    }

    // On another token the download goes on with another key; the CA ends what it issued for the first when the request comes.
    private async Task<DownloadRecord> TakeOverAsync(DownloadRecord current, DownloadJudgement judgement, DownloadWish wish, CancellationToken cancel)
    {
        var token = TokenOf(wish);
        if (current.SessionId == wish.SessionId && current.Token == token)
        {
            return current;
        }

        await using var act = await acts.BeginAsync(cancel);
        var record = await act.Db.Downloads.SingleOrDefaultAsync(d => d.Id == current.Id && d.SessionId == current.SessionId && d.State == DownloadState.Open, cancel)
            ?? throw new ProblemException(Problems.DownloadUnderWay(renewals.Local(current.StartedAt)));
        (record.SessionId, record.Token) = (wish.SessionId, token);
        act.Record(Event("download.resumed", judgement.Authorisation, record.DownloadId));
        await act.CommitAsync(cancel);
        return record;
    }

    private static TokenIdentityColumns TokenOf(DownloadWish wish) => new(wish.Token.Driver, wish.Token.Manufacturer, wish.Token.Model, wish.Token.SerialNumber);

    private static AuditEvent Event(string action, Authorisation authorisation, byte[] downloadId) => new(action, "session", Target(authorisation))
    {
        Details = new Dictionary<string, string> { ["download"] = Convert.ToHexStringLower(downloadId) },
    };

    private static string Target(Authorisation authorisation) => $"authorisation:{authorisation.Reference}";
}
