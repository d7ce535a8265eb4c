using Rekey.Ca.Configuration;
using Rekey.Ca.Profiles;
using Rekey.Pki.Algorithms;
using Rekey.Server.Settings;

namespace Rekey.Tests.Server;

/// <summary><c>rekey.yaml</c>: what a host may say, and how what it says wrong is named.</summary>
public sealed class ServerSettingsTests : IDisposable
{
    private const string Ra = """
        listen: [http://localhost:8008]
        profiles: profiles.yaml
        store: { sqlite: ra.db }
        ra: { certificate: ra.pem, key: keys/ra.key, passphraseFile: pass, caCertificate: issuing.pem }

        """;

    private readonly string directory = Directory.CreateTempSubdirectory("rekey-settings-").FullName;

    public ServerSettingsTests() => File.WriteAllText(Path.Combine(directory, "profiles.yaml"), ProfileFile.Default("Asia/Shanghai", "issuing", "http://pki.example", AlgorithmSuite.P256));

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void A_host_has_the_parts_that_its_file_has()
    {
        var ra = Load(Ra + "upstream: { address: https://ca.inner:8443, trust: root.pem }");
        Assert.True(ra.HasRa);
        Assert.Null(ra.CaDirectory);
        Assert.Equal(TimeSpan.FromMinutes(1), ra.Ra.Cmp.CheckAfter);
        Assert.Equal(TimeSpan.FromSeconds(5), Load(Ra + "cmp: { checkAfterSeconds: 5 }").Ra.Cmp.CheckAfter);
        Assert.Equal(new Uri("https://ca.inner:8443"), ra.Upstream!.Address);
        Assert.Equal(Path.Combine(directory, "keys", "audit.key"), ra.RaIdentity.AuditKey);

        var ca = Load("""
            ca: ca
            inner: { listen: https://0.0.0.0:8443, certificate: tls.pem, key: tls.key, passphraseFile: pass }
            push: [https://publish.inner:9443]
            """);
        Assert.False(ca.HasRa);
        Assert.Equal([new Uri("https://publish.inner:9443")], ca.Push);

        var publisher = Load("""
            publish: http://0.0.0.0:80
            inner: { listen: https://0.0.0.0:9443, certificate: tls.pem, key: tls.key, passphraseFile: pass }
            publisher: { issuers: { issuing: issuing.pem }, anchors: { root: root.pem }, pushers: [ca-tls.pem] }
            """);
        Assert.Equal(Path.Combine(directory, "published"), publisher.Publisher!.Directory);
    }

    [Fact]
    public void A_passphrase_file_that_is_left_out_is_no_fault_and_a_passphrase_never_prints()
    {
        var file = Path.Combine(directory, "pass");
        Rekey.Store.Keys.KeyFile.WritePrivate(file, "correct horse\n");
        Load("ca: ca\ninner: { listen: https://a:1, certificate: a, key: b }");
        var identity = Load("ca: ca\ninner: { listen: https://a:1, certificate: a, key: b, passphraseFile: pass }").Inner!.Identity;
        Assert.Equal("correct horse", identity.Passphrase.Read());
        Assert.Contains("***", identity.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_that_a_host_does_not_have_is_named_by_what_is_missing()
    {
        var ca = Load("ca: ca");
        Assert.Contains("listen: is missing", Assert.Throws<ConfigurationException>(() => ca.Ra).Message, StringComparison.Ordinal);
        Assert.Contains("inner: is missing", Assert.Throws<ConfigurationException>(() => ca.Needed(ca.Inner, "inner")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a misspelt key", "ca: ca\ninnner: {}", ":2: innner: unknown key")]
    [InlineData("a misspelt key inside", "ca: ca\ninner: { listen: https://a:1, certificate: a, key: b, passphraseFile: c, port: 1 }", ":2: inner.port: unknown key")]
    [InlineData("an inner listener without TLS", "ca: ca\ninner: { listen: http://a:1, certificate: a, key: b, passphraseFile: c }", ":2: inner.listen: \"http://a:1\" must be https")]
    [InlineData("a push without TLS", "ca: ca\npush: [http://a:1]", ":2: push: \"http://a:1\" must be https")]
    [InlineData("an upstream without TLS", "UPSTREAM", ": upstream.address: \"http://ca:1\" must be https")]
    [InlineData("no key file", "ca: ca\ninner: { listen: https://a:1, certificate: a, passphraseFile: c }", ":2: inner.key: is missing")]
    [InlineData("a path in an address", "publish: http://a/b\nca: ca", ":1: publish: \"http://a/b\" is not scheme, host and port")]
    [InlineData("nothing to serve", "publish: http://a", "this host would serve nothing")]
    [InlineData("an RA that listens nowhere", "ca: ca\nstore: { sqlite: a }", "listen: is missing, though there are settings of an RA")]
    [InlineData("no profiles", "listen: [http://a]", "profiles: is missing")]
    [InlineData("a publisher without issuers", "publisher: { anchors: { root: a }, pushers: [b] }", "publisher.issuers: is missing")]
    [InlineData("a publisher that nobody may push to", "publisher: { issuers: { a: b }, anchors: { root: a } }", "publisher.pushers: is missing")]
    [InlineData("clients that ask without a pause", "POLL", ": cmp.checkAfterSeconds: ")]
    [InlineData("two stores", "TWO", "names either sqlite (a file) or postgres")]
    public void What_is_wrong_is_named_with_line_and_field(string what, string yaml, string message)
    {
        yaml = yaml switch
        {
            "UPSTREAM" => Ra + "upstream: { address: http://ca:1, trust: root.pem }",
            "POLL" => Ra + "cmp: { checkAfterSeconds: 0 }",
            "TWO" => Ra.Replace("sqlite: ra.db", "sqlite: ra.db, postgres: x", StringComparison.Ordinal),
            _ => yaml,
        };
        var e = Assert.Throws<ConfigurationException>(() => Load(yaml));
        Assert.True(e.Message.Contains(message, StringComparison.Ordinal), $"{what}: {e.Message}");
        Assert.Contains("rekey.yaml", e.Message, StringComparison.Ordinal);
    }

    private ServerSettings Load(string yaml)
    {
        File.WriteAllText(Path.Combine(directory, "rekey.yaml"), yaml);
        return ServerSettings.Load(directory);
    }
}
