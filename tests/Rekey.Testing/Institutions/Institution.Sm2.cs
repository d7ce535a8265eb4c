using System.Text;
using Rekey.Ca.Ceremony;
using Rekey.Pki.Algorithms;
using Rekey.Testing.Tokens;
using Rekey.Tokens.Host;

namespace Rekey.Testing.Institutions;

/// <content>The SM2 hierarchy beside the first one, and the software UKeys with pairs of it.</content>
public sealed partial class Institution
{
    private const string SubjectRules = """
            subject:
              - { attribute: C, required: true, value: CN }
              - { attribute: O, required: true }
              - { attribute: CN, required: true }
              - { attribute: serialNumber, required: true }
        """;

    /// <summary>PEM file with all roots: what an agent trusts.</summary>
    public string RootsFile => Plan.UKeys.Count > 0 ? Path.Combine(Directory, "roots.pem") : RootFile;

    /// <summary>The software UKeys; null without any.</summary>
    public SoftUKey? UKeys { get; private set; }

    private string ProfileOf(TokenPlan plan, bool half) => (Plan.UKeys.Count > 0 && plan.Suite == AlgorithmSuite.Sm2, half) switch
    {
        (true, false) => InstitutionPlan.Sm2Profile,
        (true, true) => InstitutionPlan.Sm2EncryptionProfile,
        (false, false) => InstitutionPlan.Profile,
        _ => InstitutionPlan.EncryptionProfile,
    };

    private void AddSm2(string ca)
    {
        var publisher = Plan.Publisher.GetLeftPart(UriPartial.Authority);
        var (issuer, anchor) = new AddIssuer(Plan.Time).Run(new CeremonyOptions
        {
            Directory = ca,
            RootName = "sm2-root",
            IssuerName = "sm2",
            RootSubject = Name("云泽市 SM2 根 CA"),
            IssuingSubject = Name("云泽市 SM2 运行 CA"),
            Publisher = publisher,
            RootSuite = AlgorithmSuite.Sm2,
            IssuingSuite = AlgorithmSuite.Sm2,
            Passphrase = Passphrase,
            RootPassphrase = Passphrase,
            Since = Plan.Time.GetUtcNow().AddYears(-8),
        });
        var file = Path.Combine(ca, "ca.yaml");
        File.WriteAllText(file, File.ReadAllText(file)
            .Replace("anchors: [certificates/root.pem]", $"anchors: [certificates/root.pem, {anchor}]", StringComparison.Ordinal)
            .Replace("issuers:\n", $"issuers:\n{issuer}", StringComparison.Ordinal));
        File.AppendAllText(Path.Combine(ca, "profiles.yaml"), $"""

              {InstitutionPlan.Sm2Profile}:
                issuer: sm2
                keyTypes: [SM2]
                encryptionProfile: {InstitutionPlan.Sm2EncryptionProfile}
                keyUsage: [digitalSignature, nonRepudiation]
                extendedKeyUsage: [clientAuth]
                crlUrls: ["{publisher}/crl/sm2.crl"]
                caIssuerUrls: ["{publisher}/ca/sm2.cer"]
            {SubjectRules}

              {InstitutionPlan.Sm2EncryptionProfile}:
                issuer: sm2
                keyTypes: [SM2]
                keyUsage: [keyEncipherment, dataEncipherment]
                crlUrls: ["{publisher}/crl/sm2.crl"]
                caIssuerUrls: ["{publisher}/ca/sm2.cer"]
            {SubjectRules}

            """);
        File.WriteAllText(RootsFile, File.ReadAllText(RootFile) + File.ReadAllText(Path.Combine(ca, anchor)));
    }

    private async Task MakeUKeysAsync(IServiceProvider services, HostProgram host, CancellationToken cancel)
    {
        if (Plan.UKeys.Count == 0)
        {
            return;
        }

        UKeys = new SoftUKey(directory: Path.Combine(Directory, "ukeys"));
        foreach (var plan in Plan.UKeys)
        {
            await UKeys.AddTokenAsync(plan.Label);
        }

        using var module = UKeys.Module(host: host);
        foreach (var (plan, info) in Plan.UKeys.Zip(module.ListTokens().Where(t => t.Formatted)))
        {
            using var token = module.Open(info.Identity);
            token.Login(SoftUKey.PinBytes);
            var id = Encoding.UTF8.GetBytes(plan.StableId);
            var signing = await CertifyAsync(services, token.GenerateSigningPair(id, plan.Holder, plan.Suite).Spki!, plan, cancel);
            token.WriteCertificate(id, plan.Holder, signing);
            using var key = SoftwareSigningKey.Generate(AlgorithmSuite.Sm2);
            EncryptionPairs.Put(token, id, [.. id, 0], plan.Holder, key, await CertifyHalfAsync(services, key.PublicKey.Spki, plan, signing, cancel));
        }
    }
}
