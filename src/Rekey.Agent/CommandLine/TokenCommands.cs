using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Agent.Bridge;
using Rekey.Agent.Configuration;
using Rekey.Agent.Modules;
using Rekey.Agent.Prompts;
using Rekey.Agent.Renewal;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.Agent.CommandLine;

/// <summary>What the page does, on the console: list, show, renew. Nothing but renew asks for a PIN.</summary>
internal static class TokenCommands
{
    private const int RenewalIdLength = 16;

    /// <summary>All tokens with the certificates on them.</summary>
    public static Problem? List(AgentConfig config, AgentTexts texts, TextWriter output)
    {
        using var tokens = Launch.Open(config);
        var survey = tokens.Survey();
        foreach (var (place, pairs) in survey.Tokens)
        {
            output.WriteLine(texts.TokenLine(place.Info.Label, place.Info.Identity.Manufacturer, place.Info.Identity.Model, place.Info.Identity.SerialNumber, place.Module.Name));
            foreach (var der in Holders(pairs))
            {
                using var certificate = X509CertificateLoader.LoadCertificate(der);
                output.WriteLine(texts.CertificateLine(
                    certificate.GetNameInfo(X509NameType.SimpleName, false), Day(certificate.NotAfter), certificate.SerialNumber, Sha256(der)));
            }

            foreach (var renewal in TokenJournal.Read(pairs).Where(r => r.IsPending))
            {
                output.WriteLine(texts.PendingLine(renewal.Old?.Certificate is { } old ? Sha256(old) : "-"));
            }
        }

        foreach (var (module, fault) in survey.Faults)
        {
            output.WriteLine($"{module}: {TokenProblem.Of(fault, module).Title(texts.Culture)}");
        }

        return survey.Tokens.Count > 0 ? null : throw new ProblemException(Problems.NoToken());
    }

    /// <summary>One certificate in full.</summary>
    /// <param name="config">Which modules.</param>
    /// <param name="which">The beginning of its SHA-256, or its serial number, in hex.</param>
    /// <param name="texts">Language.</param>
    /// <param name="output">Where to write.</param>
    public static Problem? Show(AgentConfig config, string which, AgentTexts texts, TextWriter output)
    {
        using var tokens = Launch.Open(config);
        var (_, der) = Choose(tokens.Survey(), which);
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        output.WriteLine(texts.CertificateDetails(
            certificate.Subject, certificate.Issuer, certificate.SerialNumber, Day(certificate.NotBefore), Day(certificate.NotAfter), Sha256(der)));
        output.WriteLine(certificate.ExportCertificatePem());
        return null;
    }

    /// <summary>Renews a certificate, or goes on with a renewal that did not come to its end.</summary>
    public static async Task<Problem?> RenewAsync(LoadedConfig loaded, string? which, string? origin, AgentTexts texts, TextWriter output, CancellationToken cancel)
    {
        origin ??= loaded.Config.Origins is [var only] ? only : throw new ProblemException(Problems.OriginNotAllowed("--origin ?"));
        if (!loaded.Config.Origins.Contains(origin, StringComparer.Ordinal))
        {
            throw new ProblemException(Problems.OriginNotAllowed(origin));
        }

        using var tokens = Launch.Open(loaded.Config);
        var survey = tokens.Survey();
        var (contents, der) = Choose(survey, which);
        var pending = TokenJournal.Read(contents.Pairs).FirstOrDefault(r => r.IsPending && r.Old?.Certificate.AsSpan().SequenceEqual(der) == true);
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        using var key = Rekey.Pki.Algorithms.PublicKey.FromSpki(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        var command = new RenewCommand(
            Sha256(der),
            pending?.RenewalId ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RenewalIdLength)),
            Convert.ToBase64String(certificate.SubjectName.RawData),
            key.Suite.Name,
            Retire: !Opens(certificate),
            OtherHalf(contents.Pairs, certificate));

        using var site = new BridgeClient(origin, new BridgeLimits(), TimeProvider.System, loaded.TlsAnchors);
        var link = new ConsoleLink(site, texts, output);
        var clock = new ServerClock(TimeProvider.System) { Offset = TimeSpan.FromSeconds(loaded.Config.ClockOffsetSeconds) };
        var pin = new PinDialog(Launch.Prompt(loaded, texts.Culture.Name), texts, texts.Product, origin, e => link.PostAsync(e, cancel));
        await new RenewOnToken(link, tokens, pin, loaded.Trust, clock).RunAsync(command, survey, cancel);
        return null;
    }

    // Without a page nobody says who still needs the old key, so one that something may be encrypted for stays.
    private static bool Opens(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is not { } usage
        || (usage.KeyUsages & (X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.DataEncipherment | X509KeyUsageFlags.KeyAgreement)) != 0;

    // Without a page nobody says which certificates are a pair; an encryption certificate of the same holder and CA is the other half.
    private static EncryptionHalfCommand? OtherHalf(IReadOnlyList<TokenPair> pairs, X509Certificate2 signing)
    {
        foreach (var der in pairs.Where(p => p is { Use: PairUse.Encryption, HasPrivateKey: not false, Certificate: not null }).Select(p => p.Certificate!))
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            if (certificate.SubjectName.RawData.AsSpan().SequenceEqual(signing.SubjectName.RawData) && certificate.NotAfter.Date == signing.NotAfter.Date)
            {
                using var key = Rekey.Pki.Algorithms.PublicKey.FromSpki(certificate.PublicKey.ExportSubjectPublicKeyInfo());
                return new(key.Suite.Name, Sha256(der));
            }
        }

        return null;
    }

    private static (TokenContents Contents, byte[] Certificate) Choose(TokenSurvey survey, string? which)
    {
        if (survey.Tokens.Count == 0)
        {
            throw new ProblemException(Problems.NoToken());
        }

        var found = survey.Tokens.SelectMany(t => Holders(t.Pairs).Where(der => Matches(der, which)).Select(der => (t, der))).ToList();
        return found is [var one] ? one : throw new ProblemException(Problems.CertificateGone());
    }

    private static IEnumerable<byte[]> Holders(IReadOnlyList<TokenPair> pairs) =>
        pairs.Where(p => p.HasPrivateKey is not false && p.Certificate is { } der && CertificateList.IsHolders(der)).Select(p => p.Certificate!);

    private static bool Matches(byte[] der, string? which)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        return which is null
            || Sha256(der).StartsWith(which, StringComparison.OrdinalIgnoreCase)
            || certificate.SerialNumber.Equals(which, StringComparison.OrdinalIgnoreCase);
    }

    private static string Day(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Sha256(byte[] der) => Convert.ToHexStringLower(SHA256.HashData(der));
}
