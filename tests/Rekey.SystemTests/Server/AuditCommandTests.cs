using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rekey.Pki.Algorithms;
using Rekey.SystemTests.Cmp;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Server;

/// <summary>The audit logs of both authorities, exported from a running service and verified elsewhere.</summary>
public sealed class AuditCommandTests(AuditCommandTests.Site site) : IClassFixture<AuditCommandTests.Site>, IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("rekey-audit-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData("ra", "configuration.changed", "renewal.started", "request.refused", "subscriber.added", "reference.made", "reference.wrong-secret")]
    [InlineData("ca", "configuration.changed", "service-certificate.recorded", "certificate.issued", "certificate.confirmed")]
    public async Task What_was_done_and_refused_is_in_the_log_and_the_log_verifies(string authority, params string[] kinds)
    {
        var (file, key) = await ExportAsync(authority);

        var found = Bodies(file).Select(b => (string)b["kind"]!).ToHashSet();
        Assert.All(kinds, kind => Assert.Contains(kind, found));
        var (code, output) = await RekeyAsync("audit", "verify", file, "--key", key);
        Assert.True(code == 0, output);
        Assert.Contains("intact", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ra")]
    [InlineData("ca")]
    public async Task One_changed_entry_is_named_and_no_other(string authority)
    {
        var (file, key) = await ExportAsync(authority);
        var lines = await File.ReadAllLinesAsync(file, Cancel);
        var at = Array.FindLastIndex(lines, l => l.Contains("\"entry\"", StringComparison.Ordinal));
        var line = JsonNode.Parse(lines[at])!;
        var number = (long)line["entry"]!;
        var body = Encoding.UTF8.GetString(Convert.FromBase64String((string)line["body"]!));
        line["body"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(body.Replace("\"kind\":\"", "\"kind\":\"x", StringComparison.Ordinal)));
        lines[at] = line.ToJsonString();
        await File.WriteAllLinesAsync(file, lines, Cancel);

        var (code, output) = await RekeyAsync("audit", "verify", file, "--key", key);

        Assert.Equal(1, code);
        Assert.Equal([number], Regex.Matches(output, @"entry (\d+)").Select(m => long.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).Distinct());
    }

    [Fact]
    public async Task The_same_configuration_twice_is_one_entry_and_a_changed_one_another()
    {
        await using var server = await RunningInstitution.StartAsync();
        await server.RestartAsync();
        Assert.Equal(1, await CountAsync());
        await File.AppendAllTextAsync(Path.Combine(server.Institution.Directory, "rekey.yaml"), "institution: { telephone: 0000-1111 2222 }\n", Cancel);
        await server.RestartAsync();
        Assert.Equal(2, await CountAsync());

        async Task<int> CountAsync()
        {
            var (file, _) = await ExportAsync("ra", server.Institution.Directory);
            return Bodies(file).Count(b => (string)b["kind"]! == "configuration.changed");
        }
    }

    private static Task<(int Code, string Output)> RekeyAsync(params string[] arguments) => RekeyCommand.RunAsync(arguments);

    private static IEnumerable<JsonNode> Bodies(string file) => File.ReadLines(file).Select(l => JsonNode.Parse(l)!)
        .Where(l => l["entry"] is not null).Select(l => JsonNode.Parse(Convert.FromBase64String((string)l["body"]!))!);

    private async Task<(string File, string Key)> ExportAsync(string authority, string? from = null)
    {
        var file = Path.Combine(directory, $"{authority}-{Guid.NewGuid():N}.log");
        var (code, output) = await RekeyAsync("audit", "export", "--dir", from ?? site.Running.Institution.Directory, "--authority", authority, file);
        Assert.True(code == 0, output);
        return (file, Regex.Match(output, @"^key (\S+)", RegexOptions.Multiline).Groups[1].Value);
    }

    /// <summary>An institution in which something of everything has happened.</summary>
    public sealed class Site : IAsyncLifetime
    {
        private readonly OpenSslClient openssl = new();

        public RunningInstitution Running { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Running = await RunningInstitution.StartAsync();
            OpenSslClient.Require(await KurAsync("YZ4001", 30));
            Assert.NotEqual(0, (await KurAsync("YZ4002", 200)).Code);
            var dir = Running.Institution.Directory;
            OpenSslClient.Require(await RekeyAsync("ra", "subscriber", "add", "--dir", dir, "--id", "YZ4003", "--name", "云泽市科技馆"));
            var made = await RekeyAsync("ra", "cmp-reference", "--dir", dir, "--subscriber", "YZ4003", "--profile", InstitutionPlan.Profile);
            OpenSslClient.Require(made);
            await openssl.NewKeyAsync("k");
            var reference = Regex.Match(made.Output, @"reference\s+(\S+)").Groups[1].Value;
            Assert.NotEqual(0, (await openssl.RunAsync(
                "cmp", "-config", "", "-cmd", "ir", "-server", Endpoint, "-ref", reference, "-secret", "pass:wrong", "-mac", "hmacWithSHA256",
                "-recipient", "/CN=CA", "-newkey", openssl.File("k.key"), "-subject", "/CN=x", "-certout", openssl.File("k.crt"))).Code);
        }

        public async ValueTask DisposeAsync()
        {
            openssl.Dispose();
            await Running.DisposeAsync();
        }

        private string Endpoint => new Uri(Running.Portal, "/.well-known/cmp").ToString();

        private async Task<(int Code, string Output)> KurAsync(string id, int expiresInDays)
        {
            openssl.Write("old", await Running.Institution.EnrolSoftwareAsync(Running.Services, new("", "云泽市" + id, id, expiresInDays, AlgorithmSuite.P256)));
            await openssl.NewKeyAsync("new");
            return await openssl.RunAsync(
                "cmp", "-config", "", "-cmd", "kur", "-server", Endpoint, "-trusted", Running.Institution.RootFile,
                "-cert", openssl.File("old.crt"), "-key", openssl.File("old.key"), "-oldcert", openssl.File("old.crt"),
                "-newkey", openssl.File("new.key"), "-certout", openssl.File("new.crt"));
        }
    }
}
