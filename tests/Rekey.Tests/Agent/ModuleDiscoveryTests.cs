using Rekey.Agent.Configuration;
using Rekey.Agent.Modules;

namespace Rekey.Tests.Agent;

public sealed class ModuleDiscoveryTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Theory]
    [InlineData("module: /opt/vendor/libtoken.so\n", "/opt/vendor/libtoken.so")]
    [InlineData("# a comment\nmodule:/opt/vendor/libtoken.so\ncritical: no\n", "/opt/vendor/libtoken.so")]
    [InlineData("module: /usr/lib/p11-kit-proxy.so\n", null)]
    [InlineData("module: /opt/trust.so\ntrust-policy: yes\n", null)]
    [InlineData("module: /opt/one.so\nenable-in: firefox\n", null)]
    [InlineData("module: libnowhere-to-be-found.so\n", null)]
    [InlineData("", null)]
    public void A_registration_names_its_library(string content, string? library)
    {
        File.WriteAllText(file, content);

        Assert.Equal(library, ModuleDiscovery.Registered(file));
    }

    [Fact]
    public void A_configured_library_comes_first_and_once()
    {
        var configured = new ModuleConfig(file, new Dictionary<string, string> { ["X"] = "1" });

        var found = ModuleDiscovery.Find(new AgentConfig([], [], [configured, new ModuleConfig(file)], DiscoverModules: false));

        Assert.Same(configured, Assert.Single(found));
    }
}
