using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.OldKeys;

/// <summary>A relying party's word that the key of a certificate is needed for decryption until a date.</summary>
internal sealed class KeyNeed
{
    public long Id { get; init; }

    public long RelyingPartyId { get; init; }

    public RelyingParty RelyingParty { get; init; } = null!;

    /// <summary>The relying party's own name for this registration.</summary>
    public required string Reference { get; init; }

    public long CertificateId { get; init; }

    /// <summary>What was encrypted for: the encryption half of a pair, or a certificate whose one key signs and opens.</summary>
    public RegisteredCertificate Certificate { get; init; } = null!;

    /// <summary>The last day on which it is needed, in the institution's zone.</summary>
    public DateOnly Until { get; set; }

    /// <summary>Why, in the relying party's words.</summary>
    public required string Reason { get; set; }

    public DateTimeOffset RegisteredAt { get; init; }

    public DateTimeOffset ChangedAt { get; set; }
}

internal sealed class KeyNeedConfiguration : IEntityTypeConfiguration<KeyNeed>
{
    public void Configure(EntityTypeBuilder<KeyNeed> builder)
    {
        builder.ToTable("key_needs");
        builder.Property(n => n.Reference).HasMaxLength(RegisterNeed.MostOfReference);
        builder.HasIndex(n => new { n.RelyingPartyId, n.Reference }).IsUnique();
        builder.HasIndex(n => new { n.CertificateId, n.Until });
        builder.Property(n => n.Reason).HasMaxLength(PlainLine.MostOfReason);
        builder.HasOne(n => n.RelyingParty).WithMany().HasForeignKey(n => n.RelyingPartyId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne(n => n.Certificate).WithMany().HasForeignKey(n => n.CertificateId).OnDelete(DeleteBehavior.Restrict);
    }
}

/// <summary>A registered date as the rule and the pages see it.</summary>
/// <param name="CertificateId">The certificate whose key is needed.</param>
/// <param name="System">Name of the relying party.</param>
/// <param name="Until">The last day.</param>
/// <param name="Reason">Why, in its words.</param>
internal sealed record Need(long CertificateId, string System, DateOnly Until, string Reason);

internal static class NeedQueries
{
    /// <summary>The dates that have not passed, of the keys of certificates, the farthest first.</summary>
    public static async Task<IReadOnlyList<Need>> NeedsAsync(this RaDbContext db, IReadOnlyCollection<long> certificates, DateOnly today, CancellationToken cancel) =>
        certificates.Count == 0 ? [] : await NeedsAsync(db.KeyNeeds.Where(n => certificates.Contains(n.CertificateId)), today, cancel);

    /// <summary>The same of a certificate and of the encryption half beside it, in one question: every renewal asks it.</summary>
    public static Task<IReadOnlyList<Need>> NeedsOfPairAsync(this RaDbContext db, long certificate, DateOnly today, CancellationToken cancel) =>
        NeedsAsync(db.KeyNeeds.Where(n => n.CertificateId == certificate || n.Certificate.PairOfId == certificate), today, cancel);

    private static async Task<IReadOnlyList<Need>> NeedsAsync(IQueryable<KeyNeed> needs, DateOnly today, CancellationToken cancel) =>
        await needs.Where(n => n.Until >= today)
            .OrderByDescending(n => n.Until).ThenBy(n => n.Id).Select(n => new Need(n.CertificateId, n.RelyingParty.Name, n.Until, n.Reason)).ToListAsync(cancel);

    /// <summary>
    /// Takes the lock, until the transaction ends, that registering a date and letting an old key go share: neither passes the other unseen.
    /// </summary>
    public static Task LockKeysAsync(this RaDbContext db, long subscriberId, CancellationToken cancel) =>
        db.LockAsync(string.Create(CultureInfo.InvariantCulture, $"old-keys:{subscriberId}"), cancel);
}
