using System.Security.Cryptography;
using Rekey.Agent.Configuration;
using Rekey.Contract.Problems;
using Rekey.Testing.Pki;

namespace Rekey.Tests.Agent;

public sealed class ConfigFileTests : IDisposable
{
    private const string Good = """{ "origins": ["http://localhost:8008"], "trustAnchors": ["ca.pem"] }""";

    private readonly string directory = Directory.CreateTempSubdirectory("rekey-config-").FullName;

    public ConfigFileTests() => Write("ca.pem", new string(PemEncoding.Write("CERTIFICATE", new TestPki().Root.Der)));

    private string File => Path.Combine(directory, "agent.json");

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void Paths_are_relative_to_the_file()
    {
        Write("agent.json", """
            {
              // a comment is allowed
              "origins": ["http://localhost:8008", "http://127.0.0.1:1"],
              "trustAnchors": ["ca.pem"],
              "modules": [{ "library": "lib/token.so", "environment": { "SOFTHSM2_CONF": "x" } }],
              "discoverModules": false,
              "pinentry": "pinentry",
              "clockOffsetSeconds": 86400,
            }
            """);

        var config = ConfigFile.Load(File).Config;

        Assert.Equal(Path.Combine(directory, "lib/token.so"), Assert.Single(config.Modules!).Library);
        Assert.Equal(Path.Combine(directory, "pinentry"), config.Pinentry);
        Assert.Equal(86400, config.ClockOffsetSeconds);
        Assert.False(config.DiscoverModules);
    }

    [Fact]
    public void What_is_left_out_has_its_default()
    {
        Write("agent.json", Good);

        var config = ConfigFile.Load(File).Config;

        Assert.True(config.DiscoverModules);
        Assert.Empty(config.Modules!);
        Assert.Null(config.Pinentry);
    }

    [Theory]
    [InlineData("""{ "origins": ["http://localhost"], "trustAnchors": ["ca.pem"], "orgins": [] }""", "orgins")]
    [InlineData("""{ "trustAnchors": ["ca.pem"] }""", "origins")]
    [InlineData("""{ "origins": ["http://localhost"] }""", "trustAnchors")]
    [InlineData("""{ "origins": [], "trustAnchors": ["ca.pem"] }""", "origins: none")]
    [InlineData("""{ "origins": ["ftp://localhost"], "trustAnchors": ["ca.pem"] }""", "ftp://localhost")]
    [InlineData("""{ "origins": ["http://localhost/"], "trustAnchors": ["ca.pem"] }""", "http://localhost/")]
    [InlineData("""{ "origins": ["http://ra.example"], "trustAnchors": ["ca.pem"] }""", "needs https")]
    [InlineData("""{ "origins": ["http://localhost"], "trustAnchors": ["none.pem"] }""", "none.pem")]
    [InlineData("""{ "origins": ["http://localhost"], "trustAnchors": [] }""", "no certificate")]
    [InlineData("""{ "origins": ["http://localhost"], "trustAnchors": ["agent.json"] }""", "trustAnchors")]
    [InlineData("""{ "origins": ["http://localhost"], "trustAnchors": ["ca.pem"], "tlsAnchors": ["none.pem"] }""", "tlsAnchors")]
    [InlineData("""{ "origins": ["http://localhost"], "trustAnchors": ["ca.pem"], "tlsAnchors": ["agent.json"] }""", "tlsAnchors")]
    [InlineData("""{ "origins": ["http://localhost"], "trustAnchors": ["ca.pem"], "modules": [{}] }""", "library")]
    [InlineData("""{ "origins": "http://localhost" }""", "origins")]
    [InlineData("{", "line 1")]
    [InlineData("", "line 1")]
    public void What_is_wrong_is_named_with_file_and_key(string content, string named)
    {
        Write("agent.json", content);

        var problem = Assert.Throws<ProblemException>(() => ConfigFile.Load(File)).Problem;

        Assert.Equal(1062, problem.Number);
        Assert.Equal(File, problem.Arguments[0]);
        Assert.Contains(named, problem.Arguments[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        Assert.Equal(File, Assert.Throws<ProblemException>(() => ConfigFile.Load(File)).Problem.Arguments[0]);
    }

    [Fact]
    public void A_file_that_others_can_write_is_refused()
    {
        Write("agent.json", Good);
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite);
        }

        Assert.Contains("writable", Assert.Throws<ProblemException>(() => ConfigFile.Load(File)).Problem.Arguments[1], StringComparison.Ordinal);
    }

    [Fact]
    public void An_anchor_that_others_can_write_is_refused()
    {
        Write("agent.json", Good);
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(Path.Combine(directory, "ca.pem"), UnixFileMode.UserRead | UnixFileMode.OtherWrite | UnixFileMode.UserWrite);
        }

        Assert.Contains("ca.pem is writable", Assert.Throws<ProblemException>(() => ConfigFile.Load(File)).Problem.Arguments[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0x81A4, 1000, FileOwner.Administrator, null)] // root, 644
    [InlineData(1000, 0x8180, 1000, FileOwner.Caller, null)] // own, 600
    [InlineData(0, 0x81B4, 1000, FileOwner.Administrator, "writable")] // root, 664
    [InlineData(0, 0x81A6, 1000, FileOwner.Administrator, "writable")] // root, 646
    [InlineData(1000, 0x81B6, 1000, FileOwner.Caller, "writable")]
    [InlineData(1001, 0x81A4, 1000, FileOwner.Caller, "another user")]
    public void Owner_and_mode_decide(uint owner, ushort mode, uint caller, object expected, string? fault)
    {
        Assert.Equal(expected, FileTrust.Judge(owner, mode, caller, out var found));
        Assert.Equal(fault is null, found is null);
        Assert.Contains(fault ?? "", found ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_administrators_file_may_allow_a_site_that_is_not_this_computer()
    {
        var config = new AgentConfig(["https://ra.example"], ["ca.pem"]);

        ConfigFile.CheckOrigins(File, config, FileOwner.Administrator);
        Assert.Throws<ProblemException>(() => ConfigFile.CheckOrigins(File, config, FileOwner.Caller));
        ConfigFile.CheckOrigins(File, config with { Origins = ["http://localhost:8008", "https://127.0.0.1"] }, FileOwner.Caller);
    }

    private void Write(string name, string content)
    {
        var path = Path.Combine(directory, name);
        System.IO.File.WriteAllText(path, content);
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}
