using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Host;

namespace Rekey.SystemTests.Tokens;

/// <summary>A library that crashes, hangs or talks costs a message and nothing else.</summary>
public sealed class ModuleHostTests : IDisposable
{
    private readonly SoftHsm softHsm = new();
    private readonly FaultyLibrary library = new();

    public ModuleHostTests() => softHsm.AddToken("Yunze 1");

    public void Dispose()
    {
        library.Dispose();
        softHsm.Dispose();
    }

    [Fact]
    public void A_library_that_is_missing_or_no_PKCS11_costs_a_message()
    {
        using var missing = Host("/nowhere/libmissing.so");
        using var other = Host("/lib/x86_64-linux-gnu/libz.so.1");

        Assert.Equal(TokenFault.Driver, Assert.Throws<TokenException>(missing.ListTokens).Fault);
        Assert.Equal(TokenFault.Driver, Assert.Throws<TokenException>(missing.ListTokens).Fault);
        Assert.Equal(TokenFault.Driver, Assert.Throws<TokenException>(other.ListTokens).Fault);
    }

    [Fact]
    public void An_agent_that_is_missing_counts_as_a_crash()
    {
        using var module = new HostedModule(
            SoftHsm.Library, new Dictionary<string, string>(), new HostProgram("/nowhere/rekey-agent"), HostLimits.Default, TimeProvider.System);

        Assert.Equal(TokenFault.ModuleCrashed, Assert.Throws<TokenException>(module.ListTokens).Fault);
    }

    [Fact]
    public void A_crash_ends_the_session_and_the_next_use_starts_anew()
    {
        using var module = Faulty(HostLimits.Default);
        using var token = module.Open(Identity(module));
        library.Plan($"crash {library.Calls.Count + 1}");

        var thrown = Assert.Throws<TokenException>(token.ListPairs);

        Assert.Equal(TokenFault.ModuleCrashed, thrown.Fault);
        Assert.StartsWith("ListPairs exit", thrown.DriverCode, StringComparison.Ordinal);
        Assert.Equal(TokenFault.ModuleCrashed, Assert.Throws<TokenException>(token.ListPairs).Fault);
        using var again = module.Open(Identity(module));
        Assert.Empty(again.ListPairs());
    }

    [Fact]
    public void A_hang_is_ended_after_its_limit()
    {
        using var module = Faulty(HostLimits.Default with { Use = TimeSpan.FromSeconds(1) });
        using var token = module.Open(Identity(module));
        library.Plan($"hang {library.Calls.Count + 1}");
        var began = TimeProvider.System.GetTimestamp();

        var thrown = Assert.Throws<TokenException>(token.ListPairs);

        Assert.Equal(TokenFault.ModuleTimedOut, thrown.Fault);
        Assert.Equal("ListPairs 1 s", thrown.DriverCode);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0.9, 10);
        library.Heal();
        Assert.Contains(module.ListTokens(), t => t.Formatted);
    }

    [Fact]
    public void A_library_that_prints_does_not_disturb()
    {
        library.Plan("noise");
        using var module = Faulty(HostLimits.Default);
        using var token = module.Open(Identity(module));

        token.Login(SoftHsm.PinBytes);

        Assert.Empty(token.ListPairs());
        Assert.NotEmpty(library.Calls);
    }

    [Fact]
    public void The_host_ends_with_its_agent()
    {
        using var module = Faulty(HostLimits.Default);
        module.ListTokens();

        module.Restart();

        Assert.Equal("C_Finalize", library.Calls[^1]);
    }

    [Theory]
    [InlineData(0x40000u, PinTries.Locked)]
    [InlineData(0x20000u, PinTries.Last)]
    [InlineData(0x10000u, PinTries.Low)]
    public void Tries_are_read_from_the_flags(uint flags, PinTries expected)
    {
        library.Plan($"flags {flags}");
        using var module = Faulty(HostLimits.Default);

        Assert.All(module.ListTokens(), t => Assert.Equal(expected, t.Tries));
    }

    [Fact]
    public void Memory_protection_and_keypad_are_read()
    {
        library.Plan("free 4096", $"flags {0x102}"); // CKF_WRITE_PROTECTED, CKF_PROTECTED_AUTHENTICATION_PATH
        using var module = Faulty(HostLimits.Default);

        var info = module.ListTokens().First(t => t.Formatted);

        Assert.Equal(4096, info.FreeBytes);
        Assert.True(info.WriteProtected && info.PinPad);
    }

    private static HostedModule Host(string path) => new(path, new Dictionary<string, string>(), SoftHsm.Host, HostLimits.Default, TimeProvider.System);

    private static TokenIdentity Identity(HostedModule module) => module.ListTokens().Single(t => t.Formatted).Identity;

    private HostedModule Faulty(HostLimits limits) => softHsm.Module(limits, FaultyLibrary.Library, library.Environment);
}
