using Rekey.Pki.Algorithms;

namespace Rekey.Tokens.Host;

/// <summary>How long a library may take for a call before its process is ended. Generous: a slow token is not a broken one.</summary>
public sealed record HostLimits
{
    /// <summary>Loading, C_Initialize and looking at all readers: some vendors' libraries wait for the smart-card service to start.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Everything that reads, signs or writes on a token: 50 objects at 100 ms each, or an RSA-4096 signature, stay far below.</summary>
    public TimeSpan Use { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Login on a device with its own keypad waits for a person; such devices give up after about 30 to 60 s themselves.</summary>
    public TimeSpan Login { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>A key on a curve: cards need 30 to 400 ms, but a first use may seed a generator.</summary>
    public TimeSpan GenerateCurve { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>An RSA key: usually 2 to 17 s, up to 5 minutes on tokens that compute it in firmware.</summary>
    public TimeSpan GenerateRsa { get; init; } = TimeSpan.FromMinutes(6);

    /// <summary>The limits of the product.</summary>
    public static HostLimits Default { get; } = new();

    internal TimeSpan Of(HostCall call) => call switch
    {
        ListTokensCall or OpenCall => Look,
        LoginCall => Login,
        GenerateCall g => AlgorithmSuite.TryParse(g.Suite, out var suite) && suite.Family == KeyFamily.Rsa ? GenerateRsa : GenerateCurve,
        BeginImportCall => GenerateRsa,
        _ => Use,
    };
}
