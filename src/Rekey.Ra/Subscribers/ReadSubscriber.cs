using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;
using Rekey.Ra.Notices;
using Rekey.Ra.Operators;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;

namespace Rekey.Ra.Subscribers;

/// <summary>A certificate alone, or a signing certificate with its encryption half.</summary>
/// <param name="Serial">Serial number, upper-case hex.</param>
/// <param name="EncryptionSerial">Of the encryption half; null for none.</param>
/// <param name="KeyName">Kind of the key; null when the certificate cannot be read.</param>
/// <param name="Issuer">Name of the CA.</param>
/// <param name="TakenOver">Whether another CA issued it.</param>
/// <param name="Generation">1 for the first, 2 for its successor, and so on.</param>
/// <param name="NotBefore">First instant of validity.</param>
/// <param name="NotAfter">Last instant of validity.</param>
/// <param name="Profile">Its profile, which has the renewal policy.</param>
/// <param name="State">How it stands.</param>
/// <param name="RevokedAt">When it was revoked; null when it was not.</param>
/// <param name="Token">Manufacturer, model and serial number of its token; null when not known.</param>
public sealed record CertificatePair(
    string Serial, string? EncryptionSerial, string? KeyName, string Issuer, bool TakenOver, int Generation, DateTimeOffset NotBefore, DateTimeOffset NotAfter,
    string Profile, CertificateState State, DateTimeOffset? RevokedAt, string? Token);

/// <summary>What happened to a subscriber.</summary>
public enum SubscriberEventKind
{
    /// <summary>They were registered.</summary>
    Registered,

    /// <summary>What is registered of them was edited.</summary>
    Edited,

    /// <summary>They were cancelled.</summary>
    Cancelled,

    /// <summary>A renewal began on a token.</summary>
    RenewalStarted,

    /// <summary>A renewal was confirmed.</summary>
    RenewalConfirmed,

    /// <summary>A renewal came to nothing.</summary>
    RenewalEnded,

    /// <summary>A certificate was revoked.</summary>
    Revoked,

    /// <summary>Holder and contact are told of a renewal.</summary>
    NoticeRenewed,

    /// <summary>Holder and contact are told of a renewal after expiry.</summary>
    NoticeRenewedLate,

    /// <summary>Holder and contact are told that a former encryption key was recovered.</summary>
    NoticeRecovered,
}

/// <summary>Something that happened.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="About">Whom or what besides: an actor, a token, a serial number; empty for nothing.</param>
public sealed record SubscriberEvent(DateTimeOffset At, SubscriberEventKind Kind, string About = "");

/// <summary>All that is known of a subscriber.</summary>
public sealed record SubscriberDetails(string StableId, int Version, SubscriberKind Kind, SubscriberState State, SubscriberEdit Facts)
{
    /// <summary>Subject of the next certificate (RFC 4514); null: as in the old one.</summary>
    public string? Subject { get; init; }

    /// <summary>When the RA last saw proof of identity; null when no date is known.</summary>
    public DateTimeOffset? IdentityProvedAt { get; init; }

    /// <summary>When they were registered.</summary>
    public DateTimeOffset RegisteredAt { get; init; }

    /// <summary>The certificate in use expires; null for none.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Certificates, the last ones first.</summary>
    public IReadOnlyList<CertificatePair> Certificates { get; init; } = [];

    /// <summary>What happened, the last first.</summary>
    public IReadOnlyList<SubscriberEvent> Events { get; init; } = [];

    /// <summary>Edits, the last first.</summary>
    public IReadOnlyList<SubscriberHistoryEntry> History { get; init; } = [];
}

/// <summary>Reads all that is known of a subscriber.</summary>
public sealed class ReadSubscriber(IDbContextFactory<RaDbContext> contexts, EditSubscriber edits)
{
    // Of a subscriber with many keys the last ones are what an operator is asked about.
    private const int MostCertificates = 200;
    private const int MostEvents = 100;

    /// <summary>Reads one.</summary>
    /// <param name="stableId">Whom.</param>
    /// <param name="scope">Whom the operator may see.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">RK-3309: there is none whom she may see.</exception>
    public async Task<SubscriberDetails> ReadAsync(string stableId, OperatorScope scope, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var s = await db.Subscribers.AsNoTracking().Where(scope.Filter()).SingleOrDefaultAsync(x => x.StableId == stableId, cancel)
            ?? throw new ProblemException(Problems.SubscriberUnknown());
        var certificates = await db.Certificates.AsNoTracking().Include(c => c.Issuer).Where(c => c.SubscriberId == s.Id).OrderByDescending(c => c.Id).Take(MostCertificates).ToListAsync(cancel);
        var history = await edits.HistoryAsync(stableId, cancel);
        return new(s.StableId, s.Version, s.Kind, s.State, new(s.DisplayName, s.CreditCode, s.ContactName, s.ContactPhone, s.ContactEmail))
        {
            Subject = s.Subject is null ? null : DistinguishedName.FromDer(s.Subject).ToString(),
            IdentityProvedAt = s.IdentityProvedAt,
            RegisteredAt = s.RegisteredAt,
            ExpiresAt = s.ExpiresAt,
            Certificates = Pairs(certificates),
            Events = [.. (await EventsAsync(db, s, certificates, history, cancel)).OrderByDescending(e => e.At).Take(MostEvents)],
            History = history,
        };
    }

    private static List<CertificatePair> Pairs(List<RegisteredCertificate> all)
    {
        var byId = all.ToDictionary(c => c.Id);
        var halves = all.Where(c => c.PairOfId is not null).ToDictionary(c => c.PairOfId!.Value);
        int Generation(RegisteredCertificate c) => c.RenewedFromId is { } from ? byId.TryGetValue(from, out var old) ? Generation(old) + 1 : 2 : 1;
        return [.. all.Where(c => c.PairOfId is null).OrderByDescending(c => c.NotAfter).ThenByDescending(c => c.Id).Select(c => new CertificatePair(
            c.Serial, halves.GetValueOrDefault(c.Id)?.Serial, CertificateFacts.Read(c.Der)?.KeyName, c.Issuer.DisplayName, c.Issuer.TakenOver, Generation(c),
            c.NotBefore, c.NotAfter, c.Profile, c.State, c.RevokedAt, c.Token is { } t ? Name(t) : null))];
    }

    private static async Task<List<SubscriberEvent>> EventsAsync(
        RaDbContext db, Subscriber s, List<RegisteredCertificate> certificates, IReadOnlyList<SubscriberHistoryEntry> history, CancellationToken cancel)
    {
        List<SubscriberEvent> events = [new(s.RegisteredAt, SubscriberEventKind.Registered)];
        if (s.CancelledAt is { } cancelled)
        {
            events.Add(new(cancelled, SubscriberEventKind.Cancelled));
        }

        events.AddRange(history.Select(h => new SubscriberEvent(h.At, SubscriberEventKind.Edited, h.Actor)));
        events.AddRange(certificates.Where(c => c is { RevokedAt: not null, PairOfId: null }).Select(c => new SubscriberEvent(c.RevokedAt!.Value, SubscriberEventKind.Revoked, c.Serial)));
        foreach (var r in await db.Renewals.AsNoTracking().Where(r => r.OldCertificate.SubscriberId == s.Id).OrderByDescending(r => r.Id).Take(MostEvents).ToListAsync(cancel))
        {
            events.Add(new(r.StartedAt, SubscriberEventKind.RenewalStarted, Name(r.Token)));
            if (r.EndedAt is { } ended && r.State != RenewalState.Open)
            {
                events.Add(new(ended, r.State == RenewalState.Confirmed ? SubscriberEventKind.RenewalConfirmed : SubscriberEventKind.RenewalEnded));
            }
        }

        foreach (var n in await db.Outbox.AsNoTracking().Where(n => n.SubscriberId == s.Id).OrderByDescending(n => n.Id).Take(MostEvents).ToListAsync(cancel))
        {
            events.Add(new(n.CreatedAt, n.Kind switch
            {
                NoticeKind.Renewed => SubscriberEventKind.NoticeRenewed,
                NoticeKind.RenewedAfterExpiry => SubscriberEventKind.NoticeRenewedLate,
                _ => SubscriberEventKind.NoticeRecovered,
            }));
        }

        return events;
    }

    private static string Name(TokenIdentityColumns token) => $"{token.Manufacturer} {token.Model} {token.SerialNumber}";
}
