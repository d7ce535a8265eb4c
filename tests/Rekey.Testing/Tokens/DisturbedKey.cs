using Rekey.Tokens;
using Rekey.Tokens.Host;

namespace Rekey.Testing.Tokens;

/// <summary>A holder's key whose calls can be made to fail, to lose their answer, to find it pulled out, whatever its driver.</summary>
public interface IDisturbedKey : IDisposable
{
    /// <summary>The library that the agent has.</summary>
    string Library { get; }

    /// <summary>Variables that a process with the library needs.</summary>
    IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Calls so far, by name, in order.</summary>
    IReadOnlyList<string> Calls { get; }

    /// <summary>A code that says nothing about its cause.</summary>
    string Failure { get; }

    /// <summary>Whether a call changes neither token nor session: done with its answer lost it leaves exactly what it leaves when it fails.</summary>
    bool OnlyLooks(string name);

    /// <summary>Replaces the plan: <c>remove N</c>, <c>fail N CODE</c>, <c>lose N CODE</c>, <c>crash N</c>.</summary>
    void Plan(string line);

    /// <summary>No faults any more; a key that was pulled out is back.</summary>
    void Heal();

    /// <summary>A module host on the agent's library.</summary>
    HostedModule Agents();

    /// <summary>A module host for whoever looks at the key, as far as possible past the faults.</summary>
    HostedModule Looking();

    /// <summary>The one token, logged in.</summary>
    IToken LogIn(HostedModule through);
}

/// <summary>SoftHSM2 behind the library that can be broken.</summary>
public sealed class DisturbedSoftHsm(SoftHsm softHsm) : IDisturbedKey
{
    private static readonly string[] Looks =
        ["C_GetAttributeValue", "C_GetInfo", "C_GetSlotList", "C_GetSlotInfo", "C_GetTokenInfo", "C_GetMechanismList", "C_GetMechanismInfo", "C_GetSessionInfo"];

    /// <summary>The token itself.</summary>
    public SoftHsm SoftHsm => softHsm;

    /// <summary>Its faults.</summary>
    public FaultyLibrary Faults { get; } = new();

    public string Library => FaultyLibrary.Library;

    public IReadOnlyDictionary<string, string> Environment => softHsm.Environment.Concat(Faults.Environment).ToDictionary();

    public IReadOnlyList<string> Calls => Faults.Calls;

    public string Failure => $"{FaultyLibrary.FunctionFailed}";

    public bool OnlyLooks(string name) => Looks.Contains(name);

    public void Plan(string line) => Faults.Plan(line);

    public void Heal() => Faults.Heal();

    public HostedModule Agents() => softHsm.Module(library: FaultyLibrary.Library, environment: Faults.Environment);

    public HostedModule Looking() => softHsm.Module();

    public IToken LogIn(HostedModule through) => SoftHsm.LogIn(through);

    public void Dispose()
    {
        softHsm.Dispose();
        Faults.Dispose();
    }
}

/// <summary>A software UKey with one device, disturbed by its own control file, which looking at it goes through as well.</summary>
public sealed class DisturbedUKey : IDisturbedKey
{
    private static readonly string[] Looks =
    [
        "SKF_EnumDev", "SKF_GetDevState", "SKF_GetDevInfo", "SKF_EnumApplication", "SKF_EnumContainer", "SKF_GetContainerType", "SKF_GetPINInfo",
        "SKF_ExportCertificate", "SKF_ExportPublicKey",
    ];

    private readonly SoftUKey key;
    private readonly string device;

    private readonly bool owns;

    /// <param name="key">The UKey.</param>
    /// <param name="device">Its device.</param>
    /// <param name="owns">Whether the UKey goes with this.</param>
    public DisturbedUKey(SoftUKey key, string device, bool owns = true)
    {
        (this.key, this.device, this.owns) = (key, device, owns);
        Heal(); // calls are counted from here on
    }

    public string Library => SoftUKey.Library;

    public IReadOnlyDictionary<string, string> Environment => key.Variables;

    public IReadOnlyList<string> Calls => key.Calls(device);

    public string Failure => "0x0A000001";

    public bool OnlyLooks(string name) => Looks.Contains(name);

    public void Plan(string line) => key.Control(device, line);

    public void Heal() => key.Control(device);

    public HostedModule Agents() => key.Module();

    public HostedModule Looking() => key.Module();

    public IToken LogIn(HostedModule through) => SoftUKey.LogIn(through);

    public void Dispose()
    {
        if (owns)
        {
            key.Dispose();
        }
    }
}
