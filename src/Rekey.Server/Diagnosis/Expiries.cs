using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Ca.Configuration;
using Rekey.Pki.Certificates;
using Rekey.Server.Serving;
using Rekey.Server.Settings;

namespace Rekey.Server.Diagnosis;

/// <summary>A certificate, or a root's CRL, that this host lives by.</summary>
/// <param name="What">Whose it is.</param>
/// <param name="NotAfter">Its end.</param>
/// <param name="Action">How to get the next one.</param>
internal sealed record Expiry(string What, DateTimeOffset NotAfter, string Action)
{
    /// <summary>So long before the end there is time to get the next one without haste.</summary>
    public static readonly TimeSpan WarnBefore = TimeSpan.FromDays(30);

    /// <summary>So long before the end a holiday can be too long.</summary>
    public static readonly TimeSpan RedBefore = TimeSpan.FromDays(7);

    public Finding At(DateTimeOffset now)
    {
        var text = $"{What}: {(NotAfter < now ? "ended" : "valid until")} {NotAfter:yyyy-MM-dd}";
        return NotAfter < now + RedBefore ? Finding.Red(text, Action) : NotAfter < now + WarnBefore ? Finding.Warn(text, Action) : Finding.Ok(text);
    }
}

/// <summary>All that a host lives by and that somebody must renew in time, from its settings.</summary>
internal static class Expiries
{
    /// <summary>Lists them. Files that cannot be read are the other checks' business and are passed over.</summary>
    public static IReadOnlyList<Expiry> Of(ServerSettings settings) =>
    [
        .. settings.HasRa ? Ra(settings) : [],
        .. settings.CaDirectory is { } ca ? Ca(settings, CaSettings.Load(ca)) : [],
        .. settings.Kmc is { } kmc ? Kmc(kmc) : [],
        .. settings.Inner is { } inner ? Pem("TLS of the inner listener", inner.Identity.Certificate, Next("tls", settings.CaDirectory is not null)) : [],
        .. settings.Publisher is { } publisher ? publisher.Anchors.Keys.SelectMany(a => Crl(a, Path.Combine(publisher.Directory, $"{a}.crl"), " on the CA's host")) : [],
        .. settings.Publisher?.Ocsp is { } ocsp ? Pem("the publisher's OCSP signer", ocsp.Certificate, Next("ocsp")) : [],
    ];

    private static IEnumerable<Expiry> Ra(ServerSettings settings) =>
    [
        .. Pem("the RA's certificate", settings.RaIdentity.Files.Certificate, Next("ra", settings.CaDirectory is { } ca && Parts.IsOwnRa(settings, CaSettings.Load(ca)))),
        .. settings.TlsCertificate is { } pfx ? Pfx(pfx) : [],
    ];

    private static IEnumerable<Expiry> Ca(ServerSettings settings, CaSettings ca) =>
    [
        .. Pem("the CA's CMP signer", ca.Cmp.Certificate, Next("cmp", ca.Cmp.Key.File is not null)),
        .. ca.Issuers.SelectMany(i => (Expiry[])
        [
            .. Pem($"issuing CA {i.Name}", i.Identity.Certificate, "have the root sign a new issuing CA; this takes preparation, begin a year ahead"),
            .. Pem($"OCSP signer of {i.Name}", i.Ocsp.Certificate, Next("ocsp", i.Ocsp.Key.File is not null)),
        ]),
        .. ca.Anchors.SelectMany(a => Pem($"root {Path.GetFileNameWithoutExtension(a)}", a, "distribute a new root to all agents and business systems; begin years ahead")),
        .. ca.Anchors.Select(a => Path.GetFileNameWithoutExtension(a)).SelectMany(a => Crl(a, ca.RootCrl(a), "")),
        .. ca.RegistrationAuthorities.SelectMany(r => Pem($"RA that may send requests ({Path.GetFileName(r)})", r, Next("ra", Parts.IsOwnRa(settings, ca)))),
    ];

    private static IEnumerable<Expiry> Kmc(KmcSettings kmc) =>
    [
        .. Pem("the key-management centre's certificate", kmc.Files.Certificate, Next("kmc")),
        .. kmc.Clients.SelectMany(c => Pem($"CA that may call the key-management centre ({Path.GetFileName(c)})", c, Next("tls"))),
        .. kmc.Officers.SelectMany(o => Pem($"officer ({Path.GetFileName(o)})", o, "have the officer's certificate renewed, and name the new one in kmc.recovery")),
        .. kmc.Custodians.SelectMany(c => Pem($"custodian ({Path.GetFileName(c)})", c, "have the custodian's certificate renewed, name the new one in kmc.recovery, and split the master anew")),
    ];

    private static string Next(string role, bool byItself = false) => byItself
        ? $"the running CA renews it by itself and says in its log why it could not; or by hand: {Next(role)}"
        : $"rekey ca service-certificate --role {role} --name {role}-next … on the CA's host, then name the new files in the configuration and restart";

    // A CRL that is missing is the doctor's business, which knows what it means where.
    private static IEnumerable<Expiry> Crl(string root, string file, string where)
    {
        try
        {
            return CertificateRevocationList.Read(File.ReadAllBytes(file)).NextUpdate is { } next
                ? [new($"CRL of {root}", next, $"bring the root's key from the safe: rekey ca root-crl --root-key …{where}")] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MalformedException)
        {
            return [];
        }
    }

    private static IEnumerable<Expiry> Pem(string what, string file, string action)
    {
        try
        {
            return [new(what, Parts.Read(file).NotAfter, action)];
        }
        catch (ConfigurationException)
        {
            return [];
        }
    }

    private static IEnumerable<Expiry> Pfx(string file)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadPkcs12FromFile(file, null);
            return [new("TLS of the portal", certificate.NotAfter.ToUniversalTime(), "get a new TLS certificate and replace the file that tlsCertificate names")];
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
