using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Login.Status;
using Rekey.Login.Verification;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Testing.Pki;
using Rekey.Tests.Repository;

namespace Rekey.Tests.Login;

/// <summary>
/// The vectors of <c>docs/login.md</c>: headers, an empty line, the token as it is sent. They are made here when they are not there (delete
/// them to have new ones); their private keys are kept nowhere.
/// </summary>
public sealed class VectorTests
{
    private const string Folder = "tests/Rekey.Tests/Login/vectors";
    private const string Origin = "https://audit.example";
    private static readonly DateTimeOffset Time = new(2026, 11, 27, 2, 0, 0, TimeSpan.Zero);
    private static readonly string[] ClientAuth = [Oids.ClientAuth];
    private static readonly Lock Making = new();

    private static readonly (string Name, AlgorithmSuite Suite, bool Pss)[] Accepted =
    [
        ("rsa-2048-rs256", AlgorithmSuite.Rsa2048, false), ("rsa-2048-ps256", AlgorithmSuite.Rsa2048, true), ("p-256-es256", AlgorithmSuite.P256, false),
        ("p-384-es384", AlgorithmSuite.P384, false), ("sm2", AlgorithmSuite.Sm2, false),
    ];

    public static TheoryData<string> Names =>
        [.. Accepted.Select(a => a.Name), "wrong-origin", "wrong-nonce", "rsa-named-es256", "p-256-named-es384", "sm2-named-es256", "der-signature", "expired", "other-ca"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_vector_is_judged_as_it_says(string name)
    {
        var (headers, token) = Read(name);
        var policy = new LoginPolicy { Origin = headers["origin"], Anchors = [Certificate.FromDer(Convert.FromBase64String(headers["anchor"]))] };
        var verifier = new LoginVerifier(policy, new AllGood(), new FakeTimeProvider(DateTimeOffset.Parse(headers["time"], CultureInfo.InvariantCulture)));

        var problem = await Problem(() => verifier.VerifyAsync(LoginTokenReader.Read(Encoding.UTF8.GetBytes(token)), headers["nonce"], TestContext.Current.CancellationToken));

        Assert.Equal(headers["expect"], problem?.Code ?? "accepted");
    }

    /// <summary>Without our code: the platform's own classes over the octets that the vector says are signed.</summary>
    [Theory]
    [InlineData("rsa-2048-rs256")]
    [InlineData("rsa-2048-ps256")]
    [InlineData("p-256-es256")]
    [InlineData("p-384-es384")]
    public void The_platform_verifies_an_accepted_vector(string name)
    {
        var (headers, json) = Read(name);
        var token = JsonNode.Parse(json)!;
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(Convert.FromBase64String((string)token["unverifiedCertificate"]!));
        var (signature, hash) = (Convert.FromBase64String((string)token["signature"]!), name.StartsWith("p-384", StringComparison.Ordinal) ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256);
        byte[] Hash(string text) => CryptographicOperations.HashData(hash, Encoding.UTF8.GetBytes(text));
        byte[] signed = [.. Hash(headers["origin"]), .. Hash(headers["nonce"])];

        Assert.Equal(headers["signed"], Convert.ToHexStringLower(signed));
        using var rsa = System.Security.Cryptography.X509Certificates.RSACertificateExtensions.GetRSAPublicKey(certificate);
        using var ecdsa = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPublicKey(certificate);
        Assert.True(rsa?.VerifyData(signed, signature, hash, name.EndsWith("ps256", StringComparison.Ordinal) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1)
            ?? ecdsa!.VerifyData(signed, signature, hash));
    }

    private static (Dictionary<string, string> Headers, string Token) Read(string name)
    {
        var file = Path.Combine(Sources.Root, Folder, name + ".txt");
        lock (Making)
        {
            if (!File.Exists(file))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.WriteAllText(file, Make(name));
            }
        }

        var parts = File.ReadAllText(file).Split("\n\n", 2);
        return (parts[0].Split('\n').Where(l => !l.StartsWith('#')).Select(l => l.Split(": ", 2)).ToDictionary(l => l[0], l => l[1]), parts[1].Trim());
    }

    private static string Make(string name)
    {
        var (_, suite, pss) = Accepted.FirstOrDefault(a => a.Name == name);
        suite ??= name.StartsWith("rsa", StringComparison.Ordinal) ? AlgorithmSuite.Rsa2048 : name.StartsWith("sm2", StringComparison.Ordinal) ? AlgorithmSuite.Sm2 : AlgorithmSuite.P256;
        var pki = new TestPki(suite == AlgorithmSuite.Sm2 ? suite : null, Time);
        var holder = pki.Issue(
            "CN=张伟, O=云泽市青禾商贸有限公司, SERIALNUMBER=YZ-000123, C=CN", pki.Issuing, suite, ekus: ClientAuth,
            notBefore: Time.AddDays(-90), notAfter: name == "expired" ? Time.AddDays(-1) : Time.AddYears(5));
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        var token = LoginToken.Sign(holder.Key, holder.Der, name == "wrong-origin" ? "https://evil.example" : Origin, name == "wrong-nonce" ? nonce[..^2] + "A=" : nonce, "rekey-agent/0.1.0");
        var data = LoginToken.SignedData(suite, Origin, nonce);
        token = name switch
        {
            "rsa-named-es256" or "sm2-named-es256" => token with { Algorithm = "ES256", Format = LoginToken.WebEidFormat },
            "p-256-named-es384" => token with { Algorithm = "ES384" },
            "der-signature" => token with { Signature = Convert.ToBase64String(holder.Key.Sign(data)) },
            _ when pss => token with { Algorithm = "PS256", Signature = Convert.ToBase64String(Pss(holder.Key, data)) },
            _ => token,
        };
        var expect = name switch
        {
            "wrong-origin" or "wrong-nonce" or "der-signature" => Problems.LoginTokenNotForHere().Code,
            "rsa-named-es256" or "p-256-named-es384" or "sm2-named-es256" => Problems.LoginAlgorithmRefused().Code,
            "expired" => Problems.LoginCertificateExpired(default).Code,
            "other-ca" => Problems.LoginIssuerUnknown().Code,
            _ => "accepted",
        };
        var anchor = (name == "other-ca" ? new TestPki(now: Time) : pki).Issuing.Der;
        return $"""
            # A login token; docs/login.md says what it is. The anchor has issued to holders itself, and answers "good" for all of them.
            origin: {Origin}
            nonce: {nonce}
            time: {Time:yyyy-MM-ddTHH:mm:ssZ}
            anchor: {Convert.ToBase64String(anchor)}
            signed: {Convert.ToHexStringLower(data)}
            expect: {expect}

            {JsonSerializer.Serialize(token, LoginJson.Default.LoginToken)}

            """;
    }

    private static byte[] Pss(SoftwareSigningKey key, byte[] data)
    {
        using var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(key.ExportPkcs8(), out _);
        return rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
    }

    private static async Task<Problem?> Problem(Func<Task> act)
    {
        try
        {
            await act();
            return null;
        }
        catch (ProblemException e)
        {
            return e.Problem;
        }
    }

    private sealed class AllGood : ICertificateStatusSource
    {
        public Task<CertificateStatus> AskAsync(Certificate certificate, Certificate issuer, CancellationToken cancel) => Task.FromResult(new CertificateStatus(CertificateStatusKind.Good));
    }
}
