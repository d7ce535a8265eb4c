using Rekey.Ca.Ceremony;
using Rekey.Ca.Configuration;
using Rekey.Ca.Profiles;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Keys;
using Rekey.Pki.Notes;
using Rekey.Store.Audit;
using Rekey.Store.Keys;
using Rekey.Tokens.Host;

namespace Rekey.Ca.Issuers;

/// <summary>A key with its certificate, opened.</summary>
/// <param name="Certificate">Whose it is.</param>
/// <param name="Key">The key.</param>
public sealed record Identity(Certificate Certificate, ISigningKey Key);

/// <summary>An issuing CA, opened.</summary>
/// <param name="Settings">Its settings.</param>
/// <param name="Identity">Its certificate and key.</param>
/// <param name="Ocsp">The delegated OCSP signer.</param>
public sealed record IssuingAuthority(IssuerSettings Settings, Identity Identity, Identity Ocsp)
{
    /// <summary>The delegated OCSP signer; another one after its renewal.</summary>
    public Identity Ocsp { get; internal set; } = Ocsp;

    /// <summary>Its name in profiles and addresses.</summary>
    public string Name => Settings.Name;

    /// <summary>Its certificate.</summary>
    public Certificate Certificate => Identity.Certificate;
}

/// <summary>The CA with all its keys open: what signs. One per process.</summary>
public sealed class CertificationAuthority : IDisposable
{
    private CertificationAuthority(CaSettings settings, ProfileSet profiles, IReadOnlyList<Certificate> anchors, IReadOnlyList<IssuingAuthority> issuers, Identity cmp, IReadOnlyList<Certificate> registrationAuthorities, AuditOptions audit, string passphrase)
    {
        Settings = settings;
        Profiles = profiles;
        Anchors = anchors;
        Issuers = issuers;
        Cmp = cmp;
        RegistrationAuthorities = registrationAuthorities;
        Audit = audit;
        Chains = new(anchors, issuers.Select(i => i.Certificate), registrationAuthorities);
        OwnServices =
        [
            .. Own(ServiceRole.Cmp, settings.Cmp, cmp, passphrase, next => Cmp = next),
            .. issuers.SelectMany(i => Own(ServiceRole.Ocsp, i.Settings.Ocsp, i.Ocsp, passphrase, next => i.Ocsp = next)),
        ];
    }

    /// <summary>What it was opened from.</summary>
    public CaSettings Settings { get; }

    /// <summary>The kinds of certificates it issues.</summary>
    public ProfileSet Profiles { get; }

    /// <summary>Certificates that chains end in.</summary>
    public IReadOnlyList<Certificate> Anchors { get; }

    /// <summary>Issuing CAs.</summary>
    public IReadOnlyList<IssuingAuthority> Issuers { get; }

    /// <summary>Who answers CMP messages; another one after its renewal.</summary>
    public Identity Cmp { get; private set; }

    /// <summary>Certificates of the RAs that may send nested requests.</summary>
    public IReadOnlyList<Certificate> RegistrationAuthorities { get; private set; }

    /// <summary>Certificate of the key-management centre; null without one.</summary>
    public Certificate? Kmc { get; private init; }

    /// <summary>The CA's own services whose certificates it can renew by itself: those whose keys are in files.</summary>
    internal IReadOnlyList<OwnService> OwnServices { get; }

    /// <summary>Name and key of the audit log.</summary>
    public AuditOptions Audit { get; }

    /// <summary>Validates what our own CAs issued.</summary>
    public ChainValidator Chains { get; private set; }

    /// <summary>Opens it.</summary>
    /// <param name="settings">From <see cref="CaSettings.Load"/>.</param>
    /// <param name="passphrase">Of the key files; null: from the settings' passphrase file.</param>
    /// <param name="moduleHost">Starts the child processes in which PKCS#11 libraries run; null: this program, asked for <c>module-host</c>.</param>
    /// <exception cref="ConfigurationException">Anything wrong; the message names file and field.</exception>
    public static CertificationAuthority Open(CaSettings settings, string? passphrase = null, HostProgram? moduleHost = null)
    {
        var secret = passphrase ?? ReadPassphrase(settings);
        var host = moduleHost ?? HostProgram.Self();
        var profiles = ProfileSet.Load(settings.Profiles);
        var issuers = settings.Issuers.Select(s => new IssuingAuthority(s, OpenIdentity(s.Identity, secret, host), OpenIdentity(s.Ocsp, secret, host))).ToList();
        foreach (var profile in profiles.Profiles.Values)
        {
            if (profile.EncryptionProfile is not null && settings.KmcCertificate is null)
            {
                throw new ConfigurationException($"{settings.Directory}/ca.yaml: kmcCertificate: is missing, and profile {profile.Name} has an encryptionProfile");
            }

            if (issuers.All(i => i.Name != profile.Issuer))
            {
                throw new ConfigurationException($"{settings.Profiles}: profiles.{profile.Name}.issuer: \"{profile.Issuer}\" is not an issuer of ca.yaml");
            }
        }

        return new(
            settings,
            profiles,
            settings.Anchors.Select(ReadCertificate).ToList(),
            issuers,
            OpenIdentity(settings.Cmp, secret, host),
            settings.RegistrationAuthorities.Select(ReadCertificate).ToList(),
            new("ca", settings.AuditOrigin, ReadAuditKey(settings, secret)),
            secret)
        {
            Kmc = settings.KmcCertificate is { } kmc ? ReadCertificate(kmc) : null,
        };
    }

    /// <summary>Takes an RA's next certificate beside those that the settings name, until the next start reads it from there.</summary>
    internal void AddRegistrationAuthority(Certificate certificate)
    {
        IReadOnlyList<Certificate> all = [.. RegistrationAuthorities, certificate];
        Chains = new(Anchors, Issuers.Select(i => i.Certificate), all);
        RegistrationAuthorities = all;
    }

    /// <summary>The issuing CA that a profile names.</summary>
    public IssuingAuthority IssuerOf(CertificateProfile profile) => Issuers.First(i => i.Name == profile.Issuer);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var identity in Issuers.SelectMany(i => new[] { i.Identity, i.Ocsp }).Append(Cmp))
        {
            (identity.Key as IDisposable)?.Dispose();
        }
    }

    private static string ReadPassphrase(CaSettings settings)
    {
        if (settings.PassphraseFile is not { } file)
        {
            throw new ConfigurationException($"{settings.Directory}/ca.yaml: passphraseFile: is missing, and no passphrase was given");
        }

        try
        {
            return KeyFile.ReadPassphrase(file);
        }
        catch (PrivateKeyException e)
        {
            throw new ConfigurationException(e.Message, e);
        }
    }

    private static Ed25519Key ReadAuditKey(CaSettings settings, string passphrase)
    {
        try
        {
            return KeyFile.ReadEd25519(settings.AuditKey, passphrase);
        }
        catch (PrivateKeyException e)
        {
            throw new ConfigurationException(e.Message, e);
        }
    }

    private static Identity OpenIdentity(IdentitySettings settings, string passphrase, HostProgram host)
    {
        var certificate = ReadCertificate(settings.Certificate);
        return new(certificate, settings.Key.Open(passphrase, certificate, host));
    }

    private static IEnumerable<OwnService> Own(ServiceRole role, IdentitySettings settings, Identity opened, string passphrase, Action<Identity> takeUp) =>
        settings.Key.File is { } file ? [new(role, settings.Certificate, file, passphrase, opened.Certificate, takeUp)] : [];

    internal static Certificate ReadCertificate(string file)
    {
        try
        {
            return Certificate.FromPem(File.ReadAllText(file)) is [var first, ..] ? first : throw new ConfigurationException($"{file}: has no PEM certificate");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MalformedException)
        {
            throw new ConfigurationException($"{file}: {e.Message}", e);
        }
    }
}
