using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Host;

namespace Rekey.SystemTests.Tokens;

public sealed class ModuleHostTests
{
    [Fact]
    public void A_library_that_is_missing_or_no_PKCS11_costs_a_message()
    {
        using var missing = new HostedModule("/nowhere/libmissing.so", new Dictionary<string, string>(), SoftHsm.Host, HostLimits.Default, TimeProvider.System);
        using var other = new HostedModule("/lib/x86_64-linux-gnu/libz.so.1", new Dictionary<string, string>(), SoftHsm.Host, HostLimits.Default, TimeProvider.System);

        Assert.Equal(TokenFault.Driver, Assert.Throws<TokenException>(missing.ListTokens).Fault);
        Assert.Equal(TokenFault.Driver, Assert.Throws<TokenException>(missing.ListTokens).Fault);
        Assert.Equal(TokenFault.Driver, Assert.Throws<TokenException>(other.ListTokens).Fault);
    }

    [Fact]
    public void An_agent_that_is_missing_counts_as_a_crash()
    {
        using var module = new HostedModule(SoftHsm.Library, new Dictionary<string, string>(), new HostProgram("/nowhere/rekey-agent"), HostLimits.Default, TimeProvider.System);

        Assert.Equal(TokenFault.ModuleCrashed, Assert.Throws<TokenException>(module.ListTokens).Fault);
    }
}
