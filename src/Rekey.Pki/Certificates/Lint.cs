using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Certificates;

/// <summary>One rule that a certificate breaks.</summary>
/// <param name="Rule">Short stable name of the rule.</param>
/// <param name="Text">What is wrong, in English, without personal data.</param>
/// <param name="Source">Where the rule comes from.</param>
public sealed record LintFinding(string Rule, string Text, string Source)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Rule}: {Text} ({Source})";
}

/// <summary>A certificate breaks rules, so it must not be signed.</summary>
public sealed class LintException(IReadOnlyList<LintFinding> findings) : Exception(string.Join("; ", findings))
{
    /// <summary>All rules broken, at least one.</summary>
    public IReadOnlyList<LintFinding> Findings { get; } = findings;
}

/// <summary>
/// Checks a certificate before it is signed, from its bytes and not from what they were made of: RFC 5280, then its profile. A
/// mistake found after signing is a revocation; found here it is an error message.
/// </summary>
public static partial class Lint
{
    private delegate string? RuleTest(Subject s);

    /// <summary>Checks a TBSCertificate.</summary>
    /// <param name="tbs">DER.</param>
    /// <param name="issuer">Who will sign; null for a self-signed certificate.</param>
    /// <param name="rules">The rules of its profile.</param>
    /// <param name="now">The present.</param>
    /// <param name="key">The subject's key where the caller has imported it already (importing is dear); only used when it is the certificate's.</param>
    /// <returns>The one thing that can be signed.</returns>
    /// <exception cref="LintException">It breaks at least one rule.</exception>
    public static CheckedCertificate Check(ReadOnlyMemory<byte> tbs, Certificate? issuer, CertificateRules rules, DateTimeOffset now, PublicKey? key = null)
    {
        var (parsed, findings) = Inspect(tbs, issuer, rules, now, key);
        return findings.Count == 0 ? new CheckedCertificate(parsed!) : throw new LintException(findings);
    }

    /// <summary>All rules that a TBSCertificate breaks.</summary>
    internal static IReadOnlyList<LintFinding> Findings(ReadOnlyMemory<byte> tbs, Certificate? issuer, CertificateRules rules, DateTimeOffset now) =>
        Inspect(tbs, issuer, rules, now, null).Findings;

    private static (TbsCertificate? Parsed, IReadOnlyList<LintFinding> Findings) Inspect(
        ReadOnlyMemory<byte> tbs, Certificate? issuer, CertificateRules rules, DateTimeOffset now, PublicKey? key)
    {
        Subject subject;
        try
        {
            subject = new(TbsCertificate.Read(tbs), issuer, rules, now, key);
        }
        catch (MalformedException e)
        {
            return (null, [new("der", e.Message, "RFC 5280 4.1")]);
        }

        var findings = new List<LintFinding>();
        foreach (var rule in Rfc5280Rules.Concat(ProfileRules))
        {
            string? text;
            try
            {
                text = rule.Test(subject);
            }
            catch (MalformedException e)
            {
                text = e.Message;
            }

            if (text is not null)
            {
                findings.Add(new(rule.Name, text, rule.Source));
            }
        }

        return (subject.Tbs, findings);
    }

    private sealed record Rule(string Name, string Source, RuleTest Test);

    /// <summary>What the rules look at.</summary>
    private sealed class Subject
    {
        public Subject(TbsCertificate tbs, Certificate? issuer, CertificateRules rules, DateTimeOffset now, PublicKey? key)
        {
            Tbs = tbs;
            Issuer = issuer;
            Rules = rules;
            Now = now;
            try
            {
                Key = key?.Spki.Span.SequenceEqual(tbs.Spki.Span) == true ? key : PublicKey.FromSpki(tbs.Spki);
            }
            catch (UnsupportedKeyException e)
            {
                KeyProblem = e.Message;
            }
        }

        public TbsCertificate Tbs { get; }

        public Certificate? Issuer { get; }

        public CertificateRules Rules { get; }

        public DateTimeOffset Now { get; }

        public PublicKey? Key { get; }

        public string? KeyProblem { get; }

        public CertificateExtension? Find(string oid) => Tbs.Extensions.FirstOrDefault(e => e.Oid == oid);

        public KeyUsages? KeyUsage => Find(Oids.KeyUsage) is { } e ? ExtensionReader.KeyUsage(e.Value) : null;

        public (bool IsCa, int? PathLength) BasicConstraints =>
            Find(Oids.BasicConstraints) is { } e ? ExtensionReader.BasicConstraints(e.Value) : default;
    }
}
