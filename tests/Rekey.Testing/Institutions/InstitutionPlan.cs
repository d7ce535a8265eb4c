using Rekey.Pki.Algorithms;

namespace Rekey.Testing.Institutions;

/// <summary>What is the matter with a token's certificate.</summary>
public enum TokenCondition
{
    /// <summary>Nothing.</summary>
    Ordinary,

    /// <summary>Revoked.</summary>
    Revoked,

    /// <summary>Of a CA that the institution does not know.</summary>
    Foreign,

    /// <summary>Of our CA, but the RA has no record of it.</summary>
    Unregistered,

    /// <summary>Its holder was cancelled.</summary>
    Cancelled,
}

/// <summary>A token with one certificate.</summary>
/// <param name="Label">The token's label.</param>
/// <param name="Holder">Common name of the holder, made up.</param>
/// <param name="StableId">The holder's stable identifier.</param>
/// <param name="ExpiresInDays">Days from the institution's today to the certificate's expiry; negative: expired.</param>
/// <param name="Suite">Kind of its key.</param>
/// <param name="Condition">What is the matter with it.</param>
public sealed record TokenPlan(
    string Label, string Holder, string StableId, int ExpiresInDays, AlgorithmSuite Suite, TokenCondition Condition = TokenCondition.Ordinary);

/// <summary>How an institution's parts are spread.</summary>
public enum Topology
{
    /// <summary>All in one process.</summary>
    All,

    /// <summary>RA, CA, publisher and key-management centre, where there is one, each on a host of its own.</summary>
    Split,
}

/// <summary>An institution to be made.</summary>
public sealed record InstitutionPlan
{
    /// <summary>The profile of all its holders' certificates.</summary>
    public const string Profile = "organisation-signing";

    /// <summary>The profile of the encryption halves.</summary>
    public const string EncryptionProfile = "organisation-encryption";

    /// <summary>The profile of signing certificates below the SM2 hierarchy.</summary>
    public const string Sm2Profile = "organisation-signing-sm2";

    /// <summary>The profile of their encryption halves.</summary>
    public const string Sm2EncryptionProfile = "organisation-encryption-sm2";

    /// <summary>Directory to make it in; must not exist.</summary>
    public required string Directory { get; init; }

    /// <summary>Address of portal, agent and CMP endpoints.</summary>
    public required Uri Portal { get; init; }

    /// <summary>Address of the publisher.</summary>
    public required Uri Publisher { get; init; }

    /// <summary>The institution's clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Suite of root and issuing CA.</summary>
    public AlgorithmSuite CaSuite { get; init; } = AlgorithmSuite.P256;

    /// <summary>Suite that renewals generate: the profile's first key type.</summary>
    public AlgorithmSuite NewKeys { get; init; } = AlgorithmSuite.P256;

    /// <summary>Suite of the encryption halves, when holders have pairs and the institution a key-management centre; null: certificates alone.</summary>
    public AlgorithmSuite? EncryptionKeys { get; init; }

    /// <summary>Changes the text of the profile file that a new CA starts with.</summary>
    public Func<string, string> Profiles { get; init; } = yaml => yaml;

    /// <summary>The tokens.</summary>
    public IReadOnlyList<TokenPlan> Tokens { get; init; } = [];

    /// <summary>Software UKeys behind SKF, each with an SM2 pair; with any, the institution has an SM2 hierarchy and a key-management centre too.</summary>
    public IReadOnlyList<TokenPlan> UKeys { get; init; } = [];

    /// <summary>How many spare encryption keys the key-management centre keeps.</summary>
    public int SpareKeys { get; init; } = 2;

    /// <summary>Whether there is a key-management centre.</summary>
    public bool HasKmc => EncryptionKeys is not null || UKeys.Count > 0;

    /// <summary>PFX with the TLS certificate of an https portal.</summary>
    public string? TlsCertificate { get; init; }

    /// <summary>Whether its parts share a process or have hosts of their own.</summary>
    public Topology Topology { get; init; }

    /// <summary>Whether its stores are PostgreSQL databases; else SQLite files.</summary>
    public bool Postgres { get; init; }

    /// <summary>With <see cref="Topology.Split"/>: addresses of more RA hosts beside the one at <see cref="Portal"/>; on the same store.</summary>
    public IReadOnlyList<Uri> MoreRaHosts { get; init; } = [];

    /// <summary>When a CMP client whose request waits for a person asks again.</summary>
    public int CheckAfterSeconds { get; init; } = 60;

    /// <summary>The origin that browsers see, when it is not <see cref="Portal"/>.</summary>
    public Uri? PublicOrigin { get; init; }

    /// <summary>The real clock, so far off.</summary>
    public static TimeProvider Clock(TimeSpan offset) => new Server.Serving.OffsetTimeProvider(offset);

    /// <summary>The UKey of the demonstration.</summary>
    public static IReadOnlyList<TokenPlan> DemoUKeys { get; } = [new("政务服务中心", "云泽市政务服务中心", "YZ3701000010", 30, AlgorithmSuite.Sm2)];

    /// <summary>The tokens of the demonstration: each state that the manual knows.</summary>
    public static IReadOnlyList<TokenPlan> DemoTokens(AlgorithmSuite suite) =>
    [
        new("云泽市第一人民医院", "云泽市第一人民医院", "YZ3701000001", 30, suite),
        new("云泽市图书馆", "云泽市图书馆", "YZ3701000002", -100, suite),
        new("云泽市青禾小学", "云泽市青禾小学", "YZ3701000003", -400, suite),
        new("云泽市档案馆", "云泽市档案馆", "YZ3701000004", 200, suite),
        new("云泽市少年宫", "云泽市少年宫", "YZ3701000005", 45, suite, TokenCondition.Revoked),
        new("外地医院", "临川市第二人民医院", "LC0000000006", 60, suite, TokenCondition.Foreign),
    ];
}
