using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Download;
using Rekey.Contract.Problems;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Authorisations;

/// <summary>What an operator wants a subscriber to be able to download.</summary>
/// <param name="StableId">Whom it is for.</param>
/// <param name="Profile">Name of the certificate profile.</param>
/// <param name="Reason">Why, on one line.</param>
public sealed record AuthorisationWish(string StableId, string Profile, string Reason)
{
    /// <summary>Whether the old encryption key comes back instead of a new one.</summary>
    public bool RecoverOldKey { get; init; }

    /// <summary>Model that the token must be of; null: any that is allowed.</summary>
    public string? TokenModel { get; init; }

    /// <summary>Serial number that the token must have; null: any.</summary>
    public string? TokenSerial { get; init; }

    /// <summary>Days that the codes are taken; null: as the settings say.</summary>
    public int? Days { get; init; }
}

/// <summary>An authorisation that was made, with its codes, which are shown this once.</summary>
/// <param name="Id">Which.</param>
/// <param name="Document">What its maker has to sign.</param>
/// <param name="Reference">The reference number.</param>
/// <param name="Code">The authorisation code.</param>
/// <param name="ExpiresAt">Until when they are taken.</param>
public sealed record MadeAuthorisation(long Id, byte[] Document, string Reference, AuthorisationCode Code, DateTimeOffset ExpiresAt);

/// <summary>
/// Makes download authorisations. The codes leave this class once, for the letter; what stays is a hash. They open nothing before two people
/// have signed.
/// </summary>
internal sealed class MakeAuthorisation(Acts<RaDbContext> acts, RaOptions options, TimeProvider time)
{
    // Ten million numbers: a clash is rare, and five in a row are a fault.
    private const int Tries = 5;

    /// <summary>Makes one.</summary>
    /// <param name="wish">What it shall allow.</param>
    /// <param name="by">Who makes it.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">RK-3412 she may not; RK-3309 there is no such subscriber in her scope; RK-3004 it was cancelled; RK-3401 it is the maker; RK-3512 the wish cannot be.</exception>
    public async Task<MadeAuthorisation> MakeAsync(AuthorisationWish wish, SignedInOperator by, CancellationToken cancel)
    {
        by.Require(Permission.MakeCards);
        var days = wish.Days ?? options.Authorisations.Days;
        if (!PlainLine.Is(wish.Reason, PlainLine.MostOfReason) || days < 1 || days > options.Authorisations.MostDays
            || !IsNullOrLine(wish.TokenModel) || !IsNullOrLine(wish.TokenSerial))
        {
            throw new ProblemException(Problems.AuthorisationWishWrong(PlainLine.MostOfReason, options.Authorisations.MostDays));
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryMakeAsync(wish, days, by, cancel);
            }
            catch (DbUpdateException) when (attempt < Tries)
            {
                // The reference number is taken.
            }
        }
    }

    private async Task<MadeAuthorisation> TryMakeAsync(AuthorisationWish wish, int days, SignedInOperator by, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        var subscriber = await act.Db.Subscribers.AsNoTracking().Where(by.Scope.Filter()).SingleOrDefaultAsync(s => s.StableId == wish.StableId, cancel)
            ?? throw new ProblemException(Problems.SubscriberUnknown());
        Demand(subscriber, by.StableId);
        var now = time.GetUtcNow();
        var (reference, code) = (ReferenceNumber.New(), AuthorisationCode.New());
        var rule = options.Renewal.For(wish.Profile);
        var document = new AuthorisationDocument
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            Reference = reference,
            SubscriberId = subscriber.StableId,
            Subject = subscriber.Subject ?? Subscriber.PlainSubject("CN", subscriber.DisplayName, subscriber.StableId),
            Profile = wish.Profile,
            IsPair = rule.EncryptionKeyType is not null,
            RecoverOldKey = rule.EncryptionKeyType is not null && wish.RecoverOldKey,
            TokenModel = wish.TokenModel,
            TokenSerial = wish.TokenSerial,
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(now.AddDays(days).ToUnixTimeSeconds()),
            CodeHash = AuthorisationCode.HashOf(code.ProofFor(reference)),
            Reason = wish.Reason,
        };
        var row = new Authorisation
        {
            Reference = reference,
            SubscriberId = subscriber.Id,
            Document = document.Encode(),
            DocumentSha256 = document.Sha256(),
            CodeHash = document.CodeHash,
            Profile = wish.Profile,
            ExpiresAt = document.ExpiresAt,
            Maker = by.StableId,
            MadeAt = now,
        };
        act.Db.Authorisations.Add(row);
        act.Record(Entry("authorisation.made", by.StableId, row) with { Personal = new Dictionary<string, string> { ["reason"] = wish.Reason } });
        await act.CommitAsync(cancel);
        return new(row.Id, row.Document, reference, code, row.ExpiresAt);
    }

    // Nobody gives herself a certificate.
    private static void Demand(Subscriber subscriber, string maker)
    {
        if (subscriber.State == SubscriberState.Cancelled)
        {
            throw new ProblemException(Problems.HolderCancelled());
        }

        if (subscriber.StableId == maker)
        {
            throw new ProblemException(Problems.OwnAct());
        }
    }

    private static bool IsNullOrLine(string? text) => text is null || (PlainLine.Is(text, PlainLine.MostOfName) && text != "-");

    /// <summary>An entry of the audit log about an authorisation.</summary>
    internal static AuditEvent Entry(string kind, string person, Authorisation row, AuditOutcome outcome = AuditOutcome.Done) =>
        new(kind, SignedInOperator.ActorOf(person), $"authorisation:{row.Reference}", outcome)
        {
            Details = new Dictionary<string, string> { ["document"] = Convert.ToHexStringLower(row.DocumentSha256), ["profile"] = row.Profile },
        };
}
