using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.OldKeys;

/// <summary>
/// What a relying party does about its own dates; of others' it learns nothing, not even that they exist. A repetition changes nothing and is
/// answered as the first time.
/// </summary>
internal sealed class RegisterNeed(IDbContextFactory<RaDbContext> contexts, Acts<RaDbContext> acts, RaOptions options, TimeProvider time)
{
    /// <summary>Most characters of a reference.</summary>
    public const int MostOfReference = 64;

    /// <summary>Most dates of one relying party about one certificate: prolonging one is the way, not adding another.</summary>
    internal const int MostOfCertificate = 50;

    /// <summary>How long a date is kept after it has passed, so that its relying party can still look at it.</summary>
    private const int YearsKept = 1;

    // Two calls of one relying party about one reference at the same moment; more would hide a fault.
    private const int Tries = 5;

    /// <summary>Registers a date, or sets date and reason of one that is registered.</summary>
    /// <param name="party">The relying party.</param>
    /// <param name="reference">Its own name for it.</param>
    /// <param name="wish">What to register.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>What is registered, and whether it is new.</returns>
    /// <exception cref="ProblemException">It is not registered.</exception>
    public async Task<(NeedDocument Need, bool IsNew)> PutAsync(RelyingParty party, string reference, NeedWish wish, CancellationToken cancel)
    {
        if (!PlainLine.Is(wish.Reason, PlainLine.MostOfReason))
        {
            throw new ProblemException(Problems.BadRequest($"reason is one line of 1 to {PlainLine.MostOfReason} characters"));
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryPutAsync(party, reference, wish, cancel);
            }
            catch (DbUpdateException) when (attempt < Tries)
            {
                // The same reference came twice at once: what the other call did stands, and is looked at anew.
            }
        }
    }

    /// <summary>Withdraws a date. One that is not there is withdrawn already.</summary>
    public async Task WithdrawAsync(RelyingParty party, string reference, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        if (await act.Db.KeyNeeds.Include(n => n.Certificate).SingleOrDefaultAsync(n => n.RelyingPartyId == party.Id && n.Reference == reference, cancel) is { } need)
        {
            act.Db.Remove(need);
            act.Record(Entry("key-need.withdrawn", party, need));
            await act.CommitAsync(cancel);
        }
    }

    /// <summary>One of its dates.</summary>
    /// <exception cref="ProblemException">RK-3202: it has none under this reference.</exception>
    public async Task<NeedDocument> ReadAsync(RelyingParty party, string reference, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await Whole(db.KeyNeeds).SingleOrDefaultAsync(n => n.RelyingPartyId == party.Id && n.Reference == reference, cancel) is { } need
            ? Document(need)
            : throw new ProblemException(Problems.DateUnknown());
    }

    /// <summary>Its dates in the order in which they were registered.</summary>
    /// <param name="party">The relying party.</param>
    /// <param name="after">The <see cref="NeedList.Next"/> of the answer before; 0 for the first.</param>
    /// <param name="max">At most so many.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<NeedList> ListAsync(RelyingParty party, long after, int max, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var needs = await Whole(db.KeyNeeds).Where(n => n.RelyingPartyId == party.Id && n.Id > after).OrderBy(n => n.Id).Take(max).ToListAsync(cancel);
        return new([.. needs.Select(Document)], needs.Count == max ? needs[^1].Id : null);
    }

    private async Task<(NeedDocument Need, bool IsNew)> TryPutAsync(RelyingParty party, string reference, NeedWish wish, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        var db = act.Db;
        var need = await db.KeyNeeds.Include(n => n.Certificate.Subscriber).Include(n => n.Certificate.Issuer)
            .SingleOrDefaultAsync(n => n.RelyingPartyId == party.Id && n.Reference == reference, cancel);
        var certificate = await FindCertificate.RunAsync(db, wish.Certificate, need?.Certificate, cancel);
        if (need is not null && need.CertificateId != certificate.Id)
        {
            throw new ProblemException(Problems.ReferenceTaken());
        }

        if (need is not null && need.Until == wish.Until && need.Reason == wish.Reason)
        {
            return (Document(need), false);
        }

        await db.LockKeysAsync(certificate.SubscriberId, cancel);
        await db.Entry(certificate).ReloadAsync(cancel); // whether its key was let go is known only behind the lock
        var (now, isNew) = (time.GetUtcNow(), need is null);
        RequireInRange(wish.Until, Today);
        need ??= await NewAsync(db, party, reference, wish, certificate, cancel);
        (need.Until, need.Reason, need.ChangedAt) = (wish.Until, wish.Reason, now);
        act.Record(Entry(isNew ? "key-need.registered" : "key-need.changed", party, need));

        // COMMIT. From here on no renewal lets the key go before the date has passed.
        await act.CommitAsync(cancel);
        return (Document(need), isNew);
    }

    private DateOnly Today => RenewalWindow.CalendarDay(time.GetUtcNow(), options.Institution.Zone());

    private void RequireInRange(DateOnly until, DateOnly today)
    {
        var last = today.AddYears(options.RelyingParties.MostYears);
        if (until < today || until > last)
        {
            throw new ProblemException(Problems.DateOutOfRange(today, last));
        }
    }

    private async Task<KeyNeed> NewAsync(RaDbContext db, RelyingParty party, string reference, NeedWish wish, RegisteredCertificate certificate, CancellationToken cancel)
    {
        var (today, forgotten) = (Today, Today.AddYears(-YearsKept));
        await db.KeyNeeds.Where(n => n.RelyingPartyId == party.Id && n.Until < forgotten).ExecuteDeleteAsync(cancel);
        var own = db.KeyNeeds.Where(n => n.RelyingPartyId == party.Id && n.Until >= today);
        var most = await own.CountAsync(cancel) >= options.RelyingParties.MostDates ? options.RelyingParties.MostDates
            : await own.CountAsync(n => n.CertificateId == certificate.Id, cancel) >= MostOfCertificate ? MostOfCertificate : 0;
        if (most > 0)
        {
            throw new ProblemException(Problems.TooManyDates(most));
        }

        var need = new KeyNeed
        {
            RelyingPartyId = party.Id,
            Reference = reference,
            Certificate = certificate,
            Reason = wish.Reason,
            RegisteredAt = time.GetUtcNow(),
        };
        db.KeyNeeds.Add(need);
        return need;
    }

    private static IQueryable<KeyNeed> Whole(IQueryable<KeyNeed> needs) => needs.AsNoTracking().Include(n => n.Certificate.Subscriber).Include(n => n.Certificate.Issuer);

    private static NeedDocument Document(KeyNeed need)
    {
        var c = need.Certificate;
        return new(
            need.Reference,
            new(Convert.ToHexStringLower(c.Sha256), c.Issuer.DisplayName, c.Serial, c.Subscriber.StableId, c.NotAfter),
            need.Until, need.Reason, need.RegisteredAt, need.ChangedAt,
            c.State == CertificateState.Superseded ? c.KeyReleasedAt : null);
    }

    // Reference and reason are what a relying party writes, and may name a person.
    private static AuditEvent Entry(string kind, RelyingParty party, KeyNeed need) => new(kind, party.Actor, RenewalAudit.Target(need.Certificate.Sha256))
    {
        Details = new Dictionary<string, string> { ["until"] = need.Until.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) },
        Personal = new Dictionary<string, string> { ["reference"] = need.Reference, ["reason"] = need.Reason },
    };
}
