namespace Rekey.Ra.Operators;

/// <summary>
/// What an operator is (GM/T 0037). A person has one of them, so that none who administers also audits, and none who appoints also acts.
/// </summary>
public enum OperatorRole
{
    /// <summary>超级管理员: appoints business administrators. Peer of the audit administrator; made at the server's own console.</summary>
    SuperAdministrator,

    /// <summary>审计管理员: appoints auditors. Peer of the super administrator; made at the server's own console.</summary>
    AuditAdministrator,

    /// <summary>业务管理员: appoints operators; sees the business of her scope.</summary>
    BusinessAdministrator,

    /// <summary>业务操作员: acts, as far as her <see cref="OperatorDuties"/> go.</summary>
    Operator,

    /// <summary>审计员: sees all, changes nothing.</summary>
    Auditor,
}

/// <summary>What an operator does. Who has several of them still never does two on one case: persons are compared for each act.</summary>
[Flags]
public enum OperatorDuties
{
    /// <summary>None: every other role.</summary>
    None = 0,

    /// <summary>录入: registers and edits subscribers, and asks for what another one decides.</summary>
    Entry = 1,

    /// <summary>审核: decides what another one asked for.</summary>
    Review = 2,

    /// <summary>制证: makes tokens and hands codes out.</summary>
    CardMaking = 4,
}

/// <summary>What a page or an act of the console asks for. Which role has which stands in <see cref="OperatorRules"/>.</summary>
public enum Permission
{
    /// <summary>The overview; everyone who is let in.</summary>
    SeeOverview,

    /// <summary>Subscribers and their certificates, within the scope.</summary>
    SeeSubscribers,

    /// <summary>Registering, importing and editing subscribers, within the scope.</summary>
    EnterSubscribers,

    /// <summary>Requests that wait for a decision, within the scope.</summary>
    SeeRequests,

    /// <summary>Deciding about what another one asked for, within the scope.</summary>
    DecideRequests,

    /// <summary>Making tokens and handing codes out, within the scope.</summary>
    MakeCards,

    /// <summary>Operators and what they may.</summary>
    SeeOperators,

    /// <summary>Appointing, changing and removing those operators whom the role appoints.</summary>
    AppointOperators,

    /// <summary>The audit log.</summary>
    SeeAudit,
}
