using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Configuration;
using Rekey.Ca.Profiles;
using Rekey.Ca.Store;
using Rekey.Contract.Download;
using Rekey.Pki.Certificates;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ca.Authorisations;

/// <summary>What one of the first administrators is given: the codes for an envelope of their own, and the authorisation for the RA.</summary>
/// <param name="Name">Whose it is.</param>
/// <param name="Document">The authorisation.</param>
/// <param name="Code">The code, shown this once.</param>
public sealed record FirstLetter(string Name, AuthorisationDocument Document, AuthorisationCode Code);

/// <summary>
/// The ceremony's authorisations for the first administrators, whom nobody is there to authorise (GM/T 0037: they are born when the system is
/// set up). Once one of them has a certificate, administrators authorise each other and this is closed.
/// </summary>
public sealed class FirstAdministrators(Acts<CaDbContext> acts, ProfileSet profiles, TimeProvider time)
{
    /// <summary>The profile of administrators.</summary>
    public const string Profile = "administrator";

    /// <summary>Gives them. Earlier ones that nobody used are void.</summary>
    /// <param name="people">Stable identifiers and names: two persons at least.</param>
    /// <param name="country">Two letters.</param>
    /// <param name="organisation">Whose administrators they are.</param>
    /// <param name="days">Days that the codes are taken.</param>
    /// <param name="actor">Who, for the audit log.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ConfigurationException">Too few people, no such profile, or there are administrators already.</exception>
    public async Task<IReadOnlyList<FirstLetter>> GiveAsync(
        IReadOnlyList<(string Id, string Name)> people, string country, string organisation, int days, string actor, CancellationToken cancel)
    {
        var profile = profiles.Profiles.GetValueOrDefault(Profile) ?? throw new ConfigurationException($"the profiles have none named {Profile}");
        if (people.Count < 2 || people.Select(p => p.Id).Distinct().Count() != people.Count)
        {
            throw new ConfigurationException("two different persons are needed: one administers, the other watches over it");
        }

        await using var act = await acts.BeginAsync(cancel);
        await act.Db.LockAsync("first-administrators", cancel);
        if (await act.Db.Certificates.AnyAsync(c => c.Profile == Profile && c.ConfirmedAt != null, cancel))
        {
            throw new ConfigurationException("there are administrators already; they authorise further ones");
        }

        await act.Db.Authorisations.Where(a => a.ByCeremony && a.SpentAt == null).ExecuteUpdateAsync(a => a.SetProperty(x => x.SpentAt, time.GetUtcNow()), cancel);
        List<FirstLetter> letters = [.. people.Select(p => Letter(p.Id, p.Name, country, organisation, days, profile))];
        foreach (var document in letters.Select(l => l.Document))
        {
            act.Db.Authorisations.Add(new() { DocumentSha256 = document.Sha256(), ByCeremony = true });
            act.Record(new AuditEvent("authorisation.by-ceremony", actor, $"authorisation:{document.Reference}")
            {
                Details = new Dictionary<string, string> { ["document"] = Convert.ToHexStringLower(document.Sha256()), ["profile"] = Profile },
                Personal = new Dictionary<string, string> { ["subscriber"] = document.SubscriberId },
            });
        }

        await act.CommitAsync(cancel);
        return letters;
    }

    private FirstLetter Letter(string id, string name, string country, string organisation, int days, CertificateProfile profile)
    {
        var (reference, code) = (ReferenceNumber.New(), AuthorisationCode.New());
        var subject = DistinguishedName.Build(
            new NameAttribute(Oids.CountryName, country),
            new NameAttribute(Oids.OrganizationName, organisation),
            new NameAttribute(Oids.SubjectSerialNumber, id),
            new NameAttribute(Oids.CommonName, name));
        var document = new AuthorisationDocument
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            Reference = reference,
            SubscriberId = id,
            Subject = subject.Encoded.ToArray(),
            Profile = Profile,
            IsPair = profile.EncryptionProfile is not null,
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().AddDays(days).ToUnixTimeSeconds()),
            CodeHash = AuthorisationCode.HashOf(code.ProofFor(reference)),
            Reason = "ceremony",
        };
        return new(name, document, code);
    }
}
